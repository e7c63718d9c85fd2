//! What the picture's page shows, made of what the node counted.

use std::collections::{HashMap, HashSet};

use fluent_bundle::FluentValue;
use verbund_wire::agency::{Picture, PicturePlace, Place};

use crate::chart::{District, Figure, Heat, HeatRow, Map, Spot, peak, signed};
use crate::frame::Frame;
use crate::page::span::Span;
use crate::page::{figure, kept};

/// The most arrows on the map: more are a tangle.
const ARROWS_MAX: usize = 12;
/// The most shifts that are drawn; the largest come first.
const SHIFTS_MAX: usize = 12;

/// The picture as it is shown.
#[derive(Debug)]
pub(super) struct PictureView {
    pub(super) period: String,
    pub(super) updates: u32,
    pub(super) exercises: u32,
    /// How it changed against the period before; none where nothing is compared.
    pub(super) change: Option<String>,
    /// That updates of the period may be kept no longer.
    pub(super) gone: Option<String>,
    pub(super) map: Option<Figure>,
    pub(super) windows: Option<Figure>,
    pub(super) categories: Option<Figure>,
    pub(super) days: Option<Figure>,
    pub(super) trends: Vec<Trend>,
    pub(super) shifts: Vec<Figure>,
    /// Shifts that are not drawn.
    pub(super) more_shifts: usize,
}

/// A place and where it is going.
#[derive(Debug)]
pub(super) struct Trend {
    pub(super) place: String,
    pub(super) href: String,
    pub(super) count: u32,
    pub(super) before: u32,
    /// By how much it changed, with its sign.
    pub(super) change: String,
    pub(super) rising: u32,
    pub(super) steady: u32,
    pub(super) falling: u32,
    pub(super) unknown: u32,
    /// The last day of which something was told.
    pub(super) latest: String,
}

impl PictureView {
    pub(super) fn new(frame: &Frame, picture: &Picture, span: Span, tiles: Option<&str>) -> Self {
        let view = Drawing {
            frame,
            picture,
            span,
        };
        let by = i64::from(picture.updates) - i64::from(picture.updates_before);
        Self {
            period: frame
                .t2(
                    "picture-period",
                    "from",
                    frame.lang.day(span.from),
                    "to",
                    frame.lang.day(span.to),
                )
                .into_owned(),
            updates: picture.updates,
            exercises: picture.exercises,
            change: picture.compared.then(|| signed(by, frame.lang)),
            gone: picture.incomplete.then(|| kept::updates(frame)),
            map: view.map(tiles),
            windows: view.windows(),
            categories: view.categories(),
            days: figure::days(frame, &picture.days),
            trends: picture.places.iter().map(|it| view.trend(it)).collect(),
            shifts: view.shifts(),
            more_shifts: picture.displacement.len().saturating_sub(SHIFTS_MAX),
        }
    }
}

/// What all parts of the picture are made of.
struct Drawing<'a> {
    frame: &'a Frame,
    picture: &'a Picture,
    span: Span,
}

impl Drawing<'_> {
    fn href(&self, place: &str) -> String {
        self.span.feed_href(place)
    }

    fn text(&self, key: &str) -> String {
        self.frame.t(key).into_owned()
    }

    fn trend(&self, it: &PicturePlace) -> Trend {
        Trend {
            place: self.frame.place(&it.place),
            href: self.href(&it.place),
            count: it.count,
            before: it.before,
            change: signed(i64::from(it.count) - i64::from(it.before), self.frame.lang),
            rising: it.rising,
            steady: it.steady,
            falling: it.falling,
            unknown: it.unknown,
            latest: if it.latest_day.is_empty() {
                "–".to_owned()
            } else {
                self.frame.day(&it.latest_day)
            },
        }
    }

    /// Places by windows, in the order of the day; the whole day comes last.
    fn windows(&self) -> Option<Figure> {
        let told = self.picture.windows.iter().filter(|it| it.count > 0);
        let cells: Vec<_> = told
            .map(|it| (it.place.as_str(), it.window.as_str(), it.count))
            .collect();
        let concept = self.frame.concept.as_deref();
        let known = concept
            .iter()
            .flat_map(|it| &it.told.windows)
            .map(String::as_str);
        // All windows of the charter stand there, also where nothing was told: that is told, too.
        let columns = ordered(known.collect(), cells.iter().map(|(_, window, _)| *window));
        let names = columns
            .iter()
            .map(|it| self.frame.window(it).into_owned())
            .collect();
        self.heat("windows", "picture-windows", &cells, &columns, names)
    }

    /// Places by categories, in the charter's order, only those of which something was told.
    fn categories(&self) -> Option<Figure> {
        let told = self.picture.categories.iter().filter(|it| it.count > 0);
        let cells: Vec<_> = told
            .map(|it| (it.place.as_str(), it.category.as_str(), it.count))
            .collect();
        let concept = self.frame.concept.as_deref();
        let known = concept
            .iter()
            .flat_map(|it| &it.told.categories)
            .map(|it| it.id.as_str());
        let known = known.filter(|id| cells.iter().any(|(_, category, _)| category == id));
        let columns = ordered(
            known.collect(),
            cells.iter().map(|(_, category, _)| *category),
        );
        let names = columns.iter().map(|it| self.frame.category(it)).collect();
        self.heat("categories", "picture-categories", &cells, &columns, names)
    }

    fn heat(
        &self,
        id: &str,
        caption: &str,
        cells: &[(&str, &str, u32)],
        columns: &[&str],
        names: Vec<String>,
    ) -> Option<Figure> {
        let counts: HashMap<(&str, &str), u32> = cells
            .iter()
            .map(|(place, column, count)| ((*place, *column), *count))
            .collect();
        let row = |it: &PicturePlace| HeatRow {
            name: self.frame.place(&it.place),
            href: self.href(&it.place),
            counts: columns
                .iter()
                .map(|column| {
                    counts
                        .get(&(it.place.as_str(), *column))
                        .copied()
                        .unwrap_or(0)
                })
                .collect(),
        };
        let rows: Vec<HeatRow> = self
            .picture
            .places
            .iter()
            .filter(|it| it.count > 0)
            .map(row)
            .collect();
        let description = match peak(&names, &rows) {
            Some((place, column, count)) => self.frame.lang.text_with(
                "picture-peak",
                [
                    ("place", place.into()),
                    ("column", column.into()),
                    ("count", FluentValue::from(count)),
                ],
            ),
            None => return None,
        };
        Heat {
            id,
            lang: self.frame.lang,
            caption: self.text(caption),
            description: description.into_owned(),
            row_head: self.text("chart-place"),
            total_head: self.text("chart-total"),
            columns: names,
            rows,
        }
        .draw()
    }

    fn shifts(&self) -> Vec<Figure> {
        let all = self
            .picture
            .displacement
            .iter()
            .take(SHIFTS_MAX)
            .enumerate();
        all.filter_map(|(index, it)| figure::shift(self.frame, index, it, |place| self.href(place)))
            .collect()
    }

    fn map(&self, tiles: Option<&str>) -> Option<Figure> {
        let told: HashMap<&str, u32> = self
            .picture
            .places
            .iter()
            .map(|it| (it.place.as_str(), it.count))
            .collect();
        let highest = self.picture.places.iter().max_by_key(|it| it.count)?;
        let description = self.frame.t2(
            "picture-map-peak",
            "place",
            self.frame.place(&highest.place),
            "count",
            highest.count,
        );
        let mut arrows: Vec<_> = (self.picture.displacement.iter())
            .flat_map(|it| {
                let to = it.to.iter();
                to.map(|to| {
                    (
                        it.from_place.clone(),
                        to.place.clone(),
                        to.now.saturating_sub(to.before),
                    )
                })
            })
            .collect();
        arrows.sort_by_key(|(.., by)| std::cmp::Reverse(*by));
        arrows.truncate(ARROWS_MAX);
        Map {
            id: "map",
            lang: self.frame.lang,
            caption: self.text("picture-map"),
            description: description.into_owned(),
            heads: ["chart-place", "chart-district", "chart-updates"].map(|it| self.text(it)),
            districts: self.districts(&told),
            arrows,
            tiles,
        }
        .draw()
    }

    /// Each district of the charter with its places, and last what the charter in force does not know.
    fn districts(&self, told: &HashMap<&str, u32>) -> Vec<District> {
        let concept = self.frame.concept.as_deref();
        let places = concept.map_or(&[][..], |it| &it.told.places);
        let is_head = |it: &Place| it.district.is_empty() || it.district == it.id;
        let count = |id: &str| told.get(id).copied().unwrap_or(0);
        let mut districts: Vec<District> = Vec::new();
        for head in places.iter().filter(|it| is_head(it)) {
            let mut spots = Vec::new();
            // A district stands among its own places only where something was told of it as a whole.
            let has_places = places
                .iter()
                .any(|it| !is_head(it) && it.district == head.id);
            if !has_places || count(&head.id) > 0 {
                let name = self.frame.t1("picture-whole", "place", head.name.clone());
                spots.push(self.spot(&head.id, name.into_owned(), count(&head.id)));
            }
            for place in places
                .iter()
                .filter(|it| !is_head(it) && it.district == head.id)
            {
                spots.push(self.spot(&place.id, place.name.clone(), count(&place.id)));
            }
            districts.push(District {
                name: head.name.clone(),
                places: spots,
            });
        }
        let known: HashSet<&str> = districts
            .iter()
            .flat_map(|it| &it.places)
            .map(|it| it.id.as_str())
            .collect();
        let unknown = self
            .picture
            .places
            .iter()
            .filter(|it| !known.contains(it.place.as_str()));
        let strays: Vec<Spot> = unknown
            .map(|it| self.spot(&it.place, self.frame.place(&it.place), it.count))
            .collect();
        if !strays.is_empty() {
            districts.push(District {
                name: self.text("picture-elsewhere"),
                places: strays,
            });
        }
        districts
    }

    fn spot(&self, id: &str, name: String, count: u32) -> Spot {
        let position = self
            .frame
            .concept
            .as_deref()
            .and_then(|it| it.place(id)?.position);
        Spot {
            id: id.to_owned(),
            label: self
                .frame
                .t2("picture-spot", "place", name.clone(), "count", count)
                .into_owned(),
            name,
            href: self.href(id),
            count,
            position: position.map(|it| {
                let degrees = |millidegrees: i32| f64::from(millidegrees) / 1_000.0;
                (
                    degrees(it.latitude_millidegrees),
                    degrees(it.longitude_millidegrees),
                )
            }),
        }
    }
}

/// Known ids in their order, and then the others as they come.
fn ordered<'a>(known: Vec<&'a str>, others: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut all = known;
    for id in others {
        if !all.contains(&id) {
            all.push(id);
        }
    }
    all
}
