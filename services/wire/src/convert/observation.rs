//! What an update tells: observations with their readings.

use verbund_model::{
    CategoryId, IndicatorId, MeasureId, Observation, PlaceId, Reading, Value, WindowId,
};

use super::vocabulary::{Word, required, said};
use super::{ConversionError, day, id};
use crate::federation;
use crate::federation::reading::Value as WireValue;

/// An observation as it travels.
pub fn to_wire(it: &Observation) -> federation::Observation {
    federation::Observation {
        category: it.category.as_str().to_owned(),
        place: it.place.as_str().to_owned(),
        day: it.day.to_string(),
        window: it
            .window
            .as_ref()
            .map_or_else(String::new, |it| it.as_str().to_owned()),
        trend: it.trend.to_wire(),
        source: it.source.map_or(0, Word::to_wire),
        measure: it.measure.as_str().to_owned(),
        urgency: it.urgency.to_wire(),
        exercise: it.exercise,
        generalised: it.generalised,
        readings: it.readings.iter().map(reading_to_wire).collect(),
    }
}

/// An observation in the domain's types. Whether a charter allows it is asked of [`Observation::admit`].
///
/// # Errors
/// The first field that no observation can have.
pub fn from_wire(it: &federation::Observation) -> Result<Observation, ConversionError> {
    Ok(Observation {
        category: id(&it.category, "category", CategoryId::parse)?,
        place: id(&it.place, "place", PlaceId::parse)?,
        day: day(&it.day, "day")?,
        window: if it.window.is_empty() {
            None
        } else {
            Some(id(&it.window, "window", WindowId::parse)?)
        },
        trend: required(it.trend, "trend")?,
        source: said(it.source, "source")?,
        measure: id(&it.measure, "measure", MeasureId::parse)?,
        urgency: required(it.urgency, "urgency")?,
        exercise: it.exercise,
        generalised: it.generalised,
        readings: it
            .readings
            .iter()
            .enumerate()
            .map(|(at, it)| {
                reading_from_wire(it).map_err(|error| error.within(&format!("readings[{at}]")))
            })
            .collect::<Result<_, _>>()?,
    })
}

fn reading_to_wire(it: &Reading) -> federation::Reading {
    federation::Reading {
        indicator: it.indicator.as_str().to_owned(),
        period: it.period.to_wire(),
        value: Some(match it.value {
            Value::Band(band) => WireValue::Band(band.to_wire()),
            Value::Rounded(count) => WireValue::Rounded(count),
            Value::SharePercent(percent) => WireValue::SharePercent(u32::from(percent)),
            Value::Exact(count) => WireValue::Exact(count),
        }),
    }
}

fn reading_from_wire(it: &federation::Reading) -> Result<Reading, ConversionError> {
    let value = match it.value {
        // An unknown kind of value was dropped in decoding; strict decoding has seen to that already.
        None => return Err(ConversionError::missing("value")),
        Some(WireValue::Band(band)) => Value::Band(required(band, "value")?),
        Some(WireValue::Rounded(count)) => Value::Rounded(count),
        Some(WireValue::SharePercent(percent)) => Value::SharePercent(
            u8::try_from(percent)
                .map_err(|_| ConversionError::invalid("value", "is more than 100 per cent"))?,
        ),
        Some(WireValue::Exact(count)) => Value::Exact(count),
    };
    Ok(Reading {
        indicator: id(&it.indicator, "indicator", IndicatorId::parse)?,
        period: required(it.period, "period")?,
        value,
    })
}
