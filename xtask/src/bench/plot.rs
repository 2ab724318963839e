//! Plots of what grows with what. Written by hand: a library for plots draws in fixed colours, and
//! these have to be readable on light and dark pages alike.

use std::collections::BTreeSet;
use std::fs;
use std::iter;

use anyhow::{Context as _, Result};

use crate::sh;

/// Where they are.
const FOLDER: &str = "docs/performance";

/// Lines in a plane of which both axes are logarithmic.
#[derive(Clone, Debug)]
pub struct Plot {
    /// What it shows.
    pub title: &'static str,
    /// What grows to the right.
    pub across: &'static str,
    /// What grows upwards.
    pub up: &'static str,
    /// What is drawn.
    pub lines: Vec<Line>,
}

/// A line and its name.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is about.
    pub name: String,
    /// It stands out from the others.
    pub ours: bool,
    /// From left to right; there is one at least.
    pub points: Vec<(usize, f64)>,
}

/// The plane in the picture; names of lines stand to the right of it.
const LEFT: f64 = 56.0;
const RIGHT: f64 = 480.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 352.0;
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 404.0;

/// Between the names of two lines.
const LEADING: f64 = 17.0;

/// Of middle lightness, told apart on white and on black, and by most who do not see all colours.
const COLOURS: [&str; 11] = [
    "#0a84d0", "#d9730d", "#1a9e77", "#c4478e", "#8a6fd1", "#b08b00", "#d0453a", "#5f8a99",
    "#7f9a1f", "#a3623a", "#8c8c8c",
];

const STYLE: &str = "\
text{font:13px sans-serif;fill:#333}.title{font-size:15px;font-weight:bold}\
.grid{stroke:#8885;stroke-width:1}.line{fill:none;stroke-width:1.6}.ours{stroke-width:4}\
@media(prefers-color-scheme:dark){text{fill:#ccc}}";

/// Writes `docs/performance/NAME.svg`.
pub fn write(name: &str, plot: &Plot) -> Result<()> {
    let folder = sh::workspace().join(FOLDER);
    fs::create_dir_all(&folder).context(FOLDER)?;
    let path = format!("{FOLDER}/{name}.svg");
    fs::write(sh::workspace().join(&path), plot.svg()).context(path)
}

impl Plot {
    fn svg(&self) -> String {
        let Self {
            title, across, up, ..
        } = self;
        let plane = Plane::around(&self.lines);
        let middle = f64::midpoint(LEFT, RIGHT);
        let below = BOTTOM + 40.0;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"{title}\">\n\
             <style>{STYLE}</style>\n\
             <text class=\"title\" x=\"{LEFT}\" y=\"18\">{title}</text>\n\
             <text x=\"{LEFT}\" y=\"38\">{up}</text>\n\
             <text x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\">{across}</text>\n\
             {}{}</svg>\n",
            plane.grid(&self.lines),
            self.drawn(&plane),
        )
    }

    fn drawn(&self, plane: &Plane) -> String {
        let ends = self.lines.iter().map(|line| line.end(plane).1);
        let heights = apart(&ends.collect::<Vec<_>>());
        let colours = COLOURS.iter().cycle();
        // Ours comes last, so that nothing lies over it.
        let mut lines: Vec<_> = self.lines.iter().zip(heights).zip(colours).collect();
        lines.sort_by_key(|((line, _), _)| line.ours);
        let lines = lines.into_iter();
        lines
            .map(|((line, height), colour)| line.drawn(plane, height, colour))
            .collect()
    }
}

impl Line {
    fn end(&self, plane: &Plane) -> (f64, f64) {
        let last = self.points.last().copied().unwrap_or((1, 1.0));
        plane.place(last)
    }

    fn drawn(&self, plane: &Plane, height: f64, colour: &str) -> String {
        let places: Vec<(f64, f64)> = self
            .points
            .iter()
            .map(|&point| plane.place(point))
            .collect();
        let corners: Vec<String> = places
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let class = if self.ours { "line ours" } else { "line" };
        let weight = if self.ours { "bold" } else { "normal" };
        let name = &self.name;
        let (end, beside) = (self.end(plane), RIGHT + 26.0);
        let radius = if self.ours { 4.5 } else { 3.0 };
        let circles = places.iter().map(|(x, y)| {
            format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{colour}\"/>\n")
        });
        let circles: String = circles.collect();
        // A dotted line goes from the end to the name.
        format!(
            "<polyline class=\"{class}\" stroke=\"{colour}\" points=\"{}\"/>\n\
             {circles}\
             <line stroke=\"{colour}\" stroke-dasharray=\"1 3\" x1=\"{:.1}\" y1=\"{:.1}\" \
             x2=\"{:.1}\" y2=\"{height:.1}\"/>\n\
             <text x=\"{beside:.1}\" y=\"{:.1}\" style=\"fill:{colour};font-weight:{weight}\">\
             {name}</text>\n",
            corners.join(" "),
            end.0 + 5.0,
            end.1,
            beside - 4.0,
            height + 4.0,
        )
    }
}

/// What number stands where.
struct Plane {
    across: (f64, f64),
    up: (f64, f64),
}

impl Plane {
    fn around(lines: &[Line]) -> Self {
        let points = || lines.iter().flat_map(|line| &line.points);
        let across = ends(points().map(|&(across, _)| logarithm(across)));
        let (lowest, highest) = ends(points().map(|&(_, up)| up.log2()));
        Self {
            across,
            // Whole powers of two, and no plane without height.
            up: (lowest.floor(), highest.ceil().max(lowest.floor() + 1.0)),
        }
    }

    fn place(&self, (across, up): (usize, f64)) -> (f64, f64) {
        let part = |number: f64, (first, last): (f64, f64)| {
            (number - first) / (last - first).max(f64::MIN_POSITIVE)
        };
        (
            LEFT + part(logarithm(across), self.across) * (RIGHT - LEFT),
            BOTTOM - part(up.log2(), self.up) * (BOTTOM - TOP),
        )
    }

    fn grid(&self, lines: &[Line]) -> String {
        let rows = powers(self.up).map(|value| {
            let (_, y) = self.place((1, value));
            let (beside, base) = (LEFT - 8.0, y + 4.0);
            format!(
                "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{RIGHT}\" y2=\"{y:.1}\"/>\n\
                 <text x=\"{beside}\" y=\"{base:.1}\" text-anchor=\"end\">{value}</text>\n"
            )
        });
        let points = lines.iter().flat_map(|line| &line.points);
        let sizes: BTreeSet<usize> = points.map(|&(size, _)| size).collect();
        let columns = sizes.into_iter().map(|size| {
            let (x, _) = self.place((size, 1.0));
            let (below, text) = (BOTTOM + 18.0, thousands(size));
            format!(
                "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{BOTTOM}\"/>\n\
                 <text x=\"{x:.1}\" y=\"{below}\" text-anchor=\"middle\">{text}</text>\n"
            )
        });
        rows.chain(columns).collect()
    }
}

/// Two to the power of all whole numbers between two of them.
fn powers((first, last): (f64, f64)) -> impl Iterator<Item = f64> {
    let next = |power: &f64| Some(power + 1.0);
    let powers = iter::successors(Some(first), next);
    powers
        .take_while(move |&power| power <= last)
        .map(f64::exp2)
}

/// The heights of names: each near the end of its line, and none over another.
fn apart(ends: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ends.len()).collect();
    let end = |index: usize| ends.get(index).copied().unwrap_or_default();
    order.sort_by(|&one, &other| end(one).total_cmp(&end(other)));
    let mut heights = ends.to_vec();
    let mut above = f64::NEG_INFINITY;
    for &index in &order {
        let height = end(index).max(above + LEADING);
        if let Some(place) = heights.get_mut(index) {
            *place = height;
        }
        above = height;
    }
    // What was pushed down too far pushes back up.
    let mut below = BOTTOM + LEADING;
    for &index in order.iter().rev() {
        if let Some(place) = heights.get_mut(index) {
            *place = place.min(below - LEADING);
            below = *place;
        }
    }
    heights
}

/// The least and the greatest; zero where there is nothing.
fn ends(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    let ends = numbers.map(|number| (number, number));
    let ends = ends.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    ends.unwrap_or_default()
}

fn logarithm(size: usize) -> f64 {
    f64::from(u32::try_from(size).unwrap_or(u32::MAX)).log2()
}

fn thousands(size: usize) -> String {
    let digits = size.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot() -> Plot {
        let line = |name: &str, ours, points: &[(usize, f64)]| Line {
            name: name.to_owned(),
            ours,
            points: points.to_vec(),
        };
        Plot {
            title: "costs",
            across: "prefixes",
            up: "times",
            lines: vec![
                line("ours", true, &[(16, 2.0), (1024, 2.0)]),
                line("others", false, &[(16, 1.0), (128, 4.0), (1024, 16.0)]),
            ],
        }
    }

    #[test]
    fn points_stand_where_their_logarithms_are() {
        let svg = plot().svg();
        // The lowest at the left, the highest at the right, and half of both ways in the middle.
        let middle = format!(
            "{:.1},{:.1}",
            f64::midpoint(LEFT, RIGHT),
            f64::midpoint(TOP, BOTTOM)
        );
        let line = format!("points=\"{LEFT:.1},{BOTTOM:.1} {middle} {RIGHT:.1},{TOP:.1}\"");
        assert!(svg.contains(&line), "{line}\n{svg}");
    }

    #[test]
    fn ours_is_drawn_over_the_others() {
        let svg = plot().svg();
        let at = |what: &str| svg.find(what).unwrap();
        assert!(at("class=\"line ours\"") > at("class=\"line\""), "{svg}");
    }

    #[test]
    fn names_do_not_lie_over_each_other_and_stay_in_the_picture() {
        let heights = apart(&[351.0, 352.0, 350.0, 100.0]);
        assert_eq!(heights, [335.0, 352.0, 318.0, 100.0]);
        let heights = apart(&[100.0, 100.0]);
        assert_eq!(heights, [100.0, 117.0]);
    }

    #[test]
    fn a_plot_without_lines_is_an_empty_plane() {
        let plot = Plot {
            lines: Vec::new(),
            ..plot()
        };
        assert!(!plot.svg().contains("polyline"));
    }

    #[test]
    fn sizes_are_readable() {
        let texts = [16, 1000, 50_000, 1_000_000].map(thousands);
        assert_eq!(texts, ["16", "1,000", "50,000", "1,000,000"]);
    }
}
