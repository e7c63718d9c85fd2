//! A map: places as circles, larger where more was told, and arrows where something moved. By their positions where the charter
//! has them; else as a scheme, a block for each district.
//!
//! Each place leads to what was told of it, so that this picture is a group of links and not one image.

use std::collections::HashMap;

use super::svg::{Anchor, Area, Canvas};
use super::{Figure, Row, Table, wrap};
use crate::lang::Lang;

mod mercator;

/// Width of the whole.
const WIDTH: f64 = 640.0;
/// Places beside each other in a block.
const ABREAST: usize = 4;
/// Height of a place in a block: the circle and two lines of its name.
const CELL_HEIGHT: f64 = 92.0;
/// Space around a block's places.
const MARGIN: f64 = 10.0;
/// Height of a block's name.
const BLOCK_HEAD: f64 = 28.0;
/// The largest circle.
const RADIUS_MAX: f64 = 24.0;
/// The smallest: 24 by 24 units is the least that a finger needs.
const RADIUS_MIN: f64 = 12.0;
/// Letters of a name in one line.
const NAME_LETTERS: usize = 22;
/// The widest arrow.
const ARROW_MAX: f64 = 7.0;

/// Places by districts.
#[derive(Debug)]
pub(crate) struct Map<'a> {
    /// Names it within its page.
    pub(crate) id: &'a str,
    /// How numbers are written.
    pub(crate) lang: Lang,
    /// What it shows.
    pub(crate) caption: String,
    /// What is to be seen, in a sentence.
    pub(crate) description: String,
    /// The heads of its table: the place, the district, the count.
    pub(crate) heads: [String; 3],
    /// The districts.
    pub(crate) districts: Vec<District>,
    /// From which place to which, and by how many.
    pub(crate) arrows: Vec<(String, String, u32)>,
    /// Pictures to lay under it, where an operator allows them: an address with `{z}`, `{x}` and `{y}`.
    pub(crate) tiles: Option<&'a str>,
}

/// A district and the places in it.
#[derive(Debug, Clone)]
pub(crate) struct District {
    /// Its name.
    pub(crate) name: String,
    /// Its places; the district as a whole may be among them.
    pub(crate) places: Vec<Spot>,
}

/// A place on the map.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// What its link is called: its name and how often something was told.
    pub(crate) label: String,
    /// Where more of it is told.
    pub(crate) href: String,
    /// How often something was told of it.
    pub(crate) count: u32,
    /// Degrees north and east, where the charter says so.
    pub(crate) position: Option<(f64, f64)>,
}

/// Where places are on the picture, by their ids.
type Points = HashMap<String, (f64, f64)>;

impl Map<'_> {
    /// Draws it; none where there is no place.
    pub(crate) fn draw(self) -> Option<Figure> {
        let spots = || self.districts.iter().flat_map(|it| &it.places);
        let highest = spots().map(|it| it.count).max()?;
        let positions: Vec<_> = spots().filter_map(|it| it.position).collect();
        let (mut canvas, points) = match mercator::View::of(&positions) {
            Some(view) => self.by_position(&view),
            None => self.by_district(),
        };
        self.draw_arrows(&mut canvas, &points);
        for spot in spots() {
            if let Some(at) = points.get(&spot.id) {
                draw_spot(&mut canvas, spot, *at, highest, self.lang);
            }
        }
        let rows = self.districts.iter().flat_map(|district| {
            district.places.iter().map(|spot| Row {
                name: spot.name.clone(),
                href: spot.href.clone(),
                cells: vec![district.name.clone(), self.lang.number(spot.count.into())],
            })
        });
        Some(Figure {
            id: self.id.to_owned(),
            is_wide: true,
            table: Table {
                head: self.heads.to_vec(),
                rows: rows.collect(),
            },
            svg: canvas.group_svg(self.id, &self.caption, &self.description),
            caption: self.caption,
        })
    }

    /// A block for each district, one below the other.
    fn by_district(&self) -> (Canvas, Points) {
        let rows_of = |it: &District| it.places.len().div_ceil(ABREAST) as f64;
        let height_of = |it: &District| BLOCK_HEAD + rows_of(it) * CELL_HEIGHT + MARGIN;
        let height: f64 = self.districts.iter().map(|it| height_of(it) + MARGIN).sum();
        let mut canvas = Canvas::new(WIDTH, height);
        let mut points = Points::new();
        let mut y = 0.0;
        for district in &self.districts {
            let block = Area {
                x: 1.0,
                y: y + 1.0,
                width: WIDTH - 2.0,
                height: height_of(district) - 2.0,
            };
            canvas.rect("block", block);
            canvas.write("strong", Anchor::Start, (12.0, y + 20.0), &district.name);
            let cell = (WIDTH - 2.0 * MARGIN) / ABREAST as f64;
            let top = y + BLOCK_HEAD;
            for (index, spot) in district.places.iter().enumerate() {
                let (column, row) = (index % ABREAST, index / ABREAST);
                let x = MARGIN + (column as f64 + 0.5) * cell;
                points.insert(
                    spot.id.clone(),
                    (x, top + row as f64 * CELL_HEIGHT + RADIUS_MAX + 4.0),
                );
            }
            y += height_of(district) + MARGIN;
        }
        (canvas, points)
    }

    /// As on a map, on the tiles where there are any.
    fn by_position(&self, view: &mercator::View) -> (Canvas, Points) {
        let mut canvas = Canvas::new(mercator::WIDTH, mercator::HEIGHT);
        if let Some(tiles) = self.tiles {
            for (tile, area) in view.tiles() {
                canvas.image(&tile.address(tiles), area);
            }
        }
        let frame = Area {
            x: 0.5,
            y: 0.5,
            width: mercator::WIDTH - 1.0,
            height: mercator::HEIGHT - 1.0,
        };
        canvas.rect("map-edge", frame);
        let spots = self.districts.iter().flat_map(|it| &it.places);
        let points = spots.filter_map(|it| Some((it.id.clone(), view.point(it.position?))));
        let points = points.collect();
        (canvas, points)
    }

    fn draw_arrows(&self, canvas: &mut Canvas, points: &Points) {
        let most = self
            .arrows
            .iter()
            .map(|(.., by)| *by)
            .max()
            .unwrap_or(1)
            .max(1);
        for (from, to, by) in &self.arrows {
            let (Some(from), Some(to)) = (points.get(from), points.get(to)) else {
                continue;
            };
            // From edge to edge, so that neither circle hides the head.
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let length = dx.hypot(dy).max(1.0);
            let (ux, uy) = (dx / length * RADIUS_MAX, dy / length * RADIUS_MAX);
            let width = f64::from(*by) / f64::from(most) * ARROW_MAX;
            canvas.arrow(
                (from.0 + ux, from.1 + uy),
                (to.0 - ux, to.1 - uy),
                width.max(1.5),
            );
        }
    }
}

fn draw_spot(canvas: &mut Canvas, spot: &Spot, at: (f64, f64), highest: u32, lang: Lang) {
    let share = f64::from(spot.count) / f64::from(highest.max(1));
    // The area tells the count, so that the radius goes by its root.
    let radius = (share.sqrt() * RADIUS_MAX).max(RADIUS_MIN);
    let class = if spot.count == 0 {
        "spot is-empty"
    } else {
        "spot"
    };
    canvas.link(&spot.href, &spot.label, |canvas| {
        canvas.circle(class, at, radius);
        let count_class = if spot.count == 0 { "" } else { "on-spot" };
        canvas.write(
            count_class,
            Anchor::Middle,
            (at.0, at.1 + 4.0),
            &lang.number(spot.count.into()),
        );
        for (line, text) in wrap(&spot.name, NAME_LETTERS, 2).iter().enumerate() {
            let y = at.1 + RADIUS_MAX + 14.0 + 13.0 * line as f64;
            canvas.write("", Anchor::Middle, (at.0, y), text);
        }
    });
}
