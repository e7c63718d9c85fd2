//! From degrees to a picture, as the tiles of web maps have them.

use std::f64::consts::PI;

use super::super::svg::Area;

/// Width of the picture.
pub(super) const WIDTH: f64 = 640.0;
/// Height of the picture.
pub(super) const HEIGHT: f64 = 480.0;
/// Units that stay free around the outermost places, for their circles and names.
const MARGIN: f64 = 60.0;
/// Units of a tile.
const TILE: f64 = 256.0;
/// The finest tiles that are asked for: positions are no finer than some hundred metres.
const ZOOM_MAX: u32 = 16;
/// Where the projection ends.
const LATITUDE_MAX: f64 = 85.0;

/// What of the world is on the picture.
#[derive(Debug)]
pub(super) struct View {
    zoom: u32,
    /// The upper left corner, in units of the world at this zoom.
    left: f64,
    top: f64,
}

/// A tile: its zoom, and where it is from the left and from the top.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tile {
    zoom: u32,
    x: u32,
    y: u32,
}

impl Tile {
    pub(super) fn address(&self, template: &str) -> String {
        template
            .replace("{z}", &self.zoom.to_string())
            .replace("{x}", &self.x.to_string())
            .replace("{y}", &self.y.to_string())
    }
}

/// A point of the world, each side of which is 0 to 1.
fn world((latitude, longitude): (f64, f64)) -> (f64, f64) {
    let latitude = latitude.clamp(-LATITUDE_MAX, LATITUDE_MAX).to_radians();
    let x = (longitude.clamp(-180.0, 180.0) + 180.0) / 360.0;
    let y = (1.0 - latitude.tan().asinh() / PI) / 2.0;
    (x, y)
}

impl View {
    /// All positions, as large as they fit. One position alone is no map.
    pub(super) fn of(positions: &[(f64, f64)]) -> Option<Self> {
        if positions.len() < 2 {
            return None;
        }
        let points: Vec<_> = positions.iter().map(|it| world(*it)).collect();
        let span = |side: fn(&(f64, f64)) -> f64| {
            let low = points.iter().map(side).fold(f64::INFINITY, f64::min);
            let high = points.iter().map(side).fold(f64::NEG_INFINITY, f64::max);
            (low, high)
        };
        let ((west, east), (north, south)) = (span(|it| it.0), span(|it| it.1));
        let size = |zoom: u32| TILE * f64::from(1_u32 << zoom);
        let fits = |zoom: &u32| {
            (east - west) * size(*zoom) <= WIDTH - 2.0 * MARGIN
                && (south - north) * size(*zoom) <= HEIGHT - 2.0 * MARGIN
        };
        let zoom = (0..=ZOOM_MAX).rev().find(fits).unwrap_or(0);
        Some(Self {
            zoom,
            left: (west + east) / 2.0 * size(zoom) - WIDTH / 2.0,
            top: (north + south) / 2.0 * size(zoom) - HEIGHT / 2.0,
        })
    }

    /// Where a position is on the picture.
    pub(super) fn point(&self, position: (f64, f64)) -> (f64, f64) {
        let (x, y) = world(position);
        let size = TILE * f64::from(1_u32 << self.zoom);
        (x * size - self.left, y * size - self.top)
    }

    /// The tiles that cover the picture, and where each is.
    pub(super) fn tiles(&self) -> Vec<(Tile, Area)> {
        let count = 1_u32 << self.zoom;
        let covered = |from: f64, length: f64| {
            let first = (from / TILE).floor().max(0.0) as u32;
            let last = ((from + length) / TILE).ceil().max(0.0) as u32;
            first..last.min(count)
        };
        let rows = covered(self.top, HEIGHT);
        rows.flat_map(|y| covered(self.left, WIDTH).map(move |x| (x, y)))
            .map(|(x, y)| {
                let tile = Tile {
                    zoom: self.zoom,
                    x,
                    y,
                };
                let area = Area {
                    x: f64::from(x) * TILE - self.left,
                    y: f64::from(y) * TILE - self.top,
                    width: TILE,
                    height: TILE,
                };
                (tile, area)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_positions_are_on_the_picture_and_the_north_is_up() {
        let positions = [(51.334, 6.564), (51.325, 6.571), (51.338, 6.580)];
        let view = View::of(&positions).unwrap();
        for position in positions {
            let (x, y) = view.point(position);
            assert!(
                (MARGIN..=WIDTH - MARGIN).contains(&x) && (MARGIN..=HEIGHT - MARGIN).contains(&y)
            );
        }
        assert!(view.point(positions[2]).1 < view.point(positions[1]).1);
        assert!(view.point(positions[0]).0 < view.point(positions[2]).0);
    }

    #[test]
    fn the_tiles_cover_the_picture() {
        let view = View::of(&[(51.334, 6.564), (51.325, 6.571)]).unwrap();
        let tiles = view.tiles();
        let left = tiles
            .iter()
            .map(|(_, it)| it.x)
            .fold(f64::INFINITY, f64::min);
        let right = tiles
            .iter()
            .map(|(_, it)| it.x + it.width)
            .fold(0.0, f64::max);
        let bottom = tiles
            .iter()
            .map(|(_, it)| it.y + it.height)
            .fold(0.0, f64::max);
        assert!(
            left <= 0.0 && right >= WIDTH && bottom >= HEIGHT,
            "{left} {right} {bottom}"
        );
        assert!(tiles.len() <= 20);
        let (tile, _) = &tiles[0];
        assert_eq!(
            tile.address("/{z}/{x}/{y}.png"),
            format!("/15/{}/{}.png", tile.x, tile.y)
        );
    }

    #[test]
    fn strange_positions_do_no_harm() {
        assert!(View::of(&[(51.0, 6.0)]).is_none());
        let view = View::of(&[(90.0, 400.0), (-90.0, -400.0), (f64::MAX, 0.0)]).unwrap();
        let (x, y) = view.point((90.0, 180.0));
        assert!(x.is_finite() && y.is_finite());
        let same = View::of(&[(51.0, 6.0), (51.0, 6.0)]).unwrap();
        assert_eq!(same.point((51.0, 6.0)), (WIDTH / 2.0, HEIGHT / 2.0));
    }
}
