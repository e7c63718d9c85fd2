//! Writing SVG: shapes with a class, and text that is escaped. Nothing else of a chart writes markup.

use std::fmt::Write as _;

use askama::filters::{Escaper as _, Html};

/// A picture in the making, in user units from the upper left corner.
#[derive(Debug)]
pub(super) struct Canvas {
    width: f64,
    height: f64,
    body: String,
}

/// Where text stands with respect to its point.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// A rectangle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Canvas {
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            body: String::new(),
        }
    }

    pub(super) fn width(&self) -> f64 {
        self.width
    }

    pub(super) fn rect(&mut self, class: &str, area: Area) {
        let Area {
            x,
            y,
            width,
            height,
        } = area;
        let (width, height) = (width.max(0.0), height.max(0.0));
        self.put(format_args!(
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}"/>"#
        ));
    }

    pub(super) fn circle(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        self.put(format_args!(
            r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="{radius:.1}"/>"#
        ));
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.put(format_args!(
            r#"<line class="{class}" x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}"/>"#
        ));
    }

    /// An arrow that bends to one side, `width` wide, with its head at `to`.
    pub(super) fn arrow(&mut self, from: (f64, f64), to: (f64, f64), width: f64) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy);
        if length < 1.0 {
            return;
        }
        let bend = (length * 0.15).min(40.0) / length;
        let middle = (
            (from.0 + to.0) / 2.0 - dy * bend,
            (from.1 + to.1) / 2.0 + dx * bend,
        );
        // The head points the way that the line comes in.
        let (hx, hy) = (to.0 - middle.0, to.1 - middle.1);
        let reach = hx.hypot(hy).max(1.0);
        let (ux, uy) = (hx / reach, hy / reach);
        let size = 6.0 + width;
        let base = (to.0 - ux * size, to.1 - uy * size);
        let half = size * 0.6;
        self.put(format_args!(
            r#"<path class="arrow" stroke-width="{width:.1}" d="M{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}"/>"#,
            from.0, from.1, middle.0, middle.1, base.0, base.1
        ));
        self.put(format_args!(
            r#"<path class="arrow-head" d="M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z"/>"#,
            to.0,
            to.1,
            base.0 - uy * half,
            base.1 + ux * half,
            base.0 + uy * half,
            base.1 - ux * half
        ));
    }

    pub(super) fn write(&mut self, class: &str, anchor: Anchor, (x, y): (f64, f64), text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.put(format_args!(
            r#"<text class="{class}" text-anchor="{anchor}" x="{x:.1}" y="{y:.1}">"#
        ));
        self.escaped(text);
        self.body.push_str("</text>");
    }

    /// Text that rises to the right.
    pub(super) fn rising_text(&mut self, (x, y): (f64, f64), text: &str) {
        self.put(format_args!(
            r#"<text transform="translate({x:.1} {y:.1}) rotate(-40)">"#
        ));
        self.escaped(text);
        self.body.push_str("</text>");
    }

    /// A picture of another address.
    pub(super) fn image(&mut self, href: &str, area: Area) {
        let Area {
            x,
            y,
            width,
            height,
        } = area;
        self.body.push_str("<image href=\"");
        self.escaped(href);
        self.put(format_args!(
            r#"" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}"/>"#
        ));
    }

    /// What `draw` draws leads to `href`, and is called `name`.
    pub(super) fn link(&mut self, href: &str, name: &str, draw: impl FnOnce(&mut Self)) {
        self.body.push_str("<a href=\"");
        self.escaped(href);
        self.body.push_str("\" aria-label=\"");
        self.escaped(name);
        self.body.push_str("\">");
        draw(self);
        self.body.push_str("</a>");
    }

    /// The whole picture. Assistive technology reads its title and description, and nothing of what is in it.
    pub(super) fn image_svg(self, id: &str, title: &str, description: &str) -> String {
        self.close("img", id, title, description)
    }

    /// The whole picture, whose links are for everybody.
    pub(super) fn group_svg(self, id: &str, title: &str, description: &str) -> String {
        self.close("group", id, title, description)
    }

    fn close(self, role: &str, id: &str, title: &str, description: &str) -> String {
        let Self {
            width,
            height,
            body,
        } = self;
        let mut all = Self::new(width, height);
        all.put(format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" role="{role}" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}" aria-labelledby="{id}-title {id}-desc"><title id="{id}-title">"#
        ));
        all.escaped(title);
        all.put(format_args!(r#"</title><desc id="{id}-desc">"#));
        all.escaped(description);
        all.body.push_str("</desc>");
        all.body.push_str(&body);
        all.body.push_str("</svg>");
        all.body
    }

    fn put(&mut self, markup: std::fmt::Arguments<'_>) {
        self.body
            .write_fmt(markup)
            .expect("memory takes what is written");
    }

    fn escaped(&mut self, text: &str) {
        Html.write_escaped_str(&mut self.body, text)
            .expect("memory takes what is written");
    }
}
