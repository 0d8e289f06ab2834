//! Loss and accuracy per epoch, stage by stage.

use plotters::element::{Circle, Rectangle};
use plotters::style::text_anchor::HPos;
use plotters::style::{Color, ShapeStyle};

use super::canvas::{
    Area, AxisScale, Chart, DrawError, TYPE, WIDTH, chart, draw, font, line, plain, px, ticks, write,
};
use super::{Figure, legend};
use crate::analysis::Analysis;
use crate::error::ReportError;
use crate::format;
use crate::palette::{GREY, INK, Pattern, Stroke};
use crate::training::{Band, Course, Epoch, bands, courses};

/// Maximum number of lines, one per colour: dashes mark held-out images.
pub(super) const MOST_LINES: usize = 6;
const PANEL: f64 = 270.0;

/// The training curves; `None` if nothing was trained.
pub fn figure(analysis: &Analysis<'_>) -> Result<Option<Figure>, ReportError> {
    let mut lines = courses(analysis);
    if lines.is_empty() {
        return Ok(None);
    }
    let hidden = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    let bands = bands(analysis);
    let held_back = lines.iter().flat_map(|line| &line.epochs).any(|epoch| epoch.validation_loss.is_some());
    let mut entries: Vec<(String, Stroke)> =
        lines.iter().enumerate().map(|(index, line)| (line.name.clone(), Stroke::at(index))).collect();
    if held_back {
        entries.push(("on held-out images".into(), Stroke { colour: GREY, pattern: Pattern::Dashed }));
    }
    let loss =
        TrainingPanel { title: "Loss", of: |e| e.loss, held_back: |e| e.validation_loss, format: &plain };
    let per_cent = |value| plain(value) + " %";
    let accuracy = TrainingPanel {
        title: "Accuracy",
        of: |e| e.accuracy,
        held_back: |e| e.validation_accuracy,
        format: &per_cent,
    };
    let svg = draw(PANEL + legend::height(&entries), |area| {
        let (upper, lower) = area.split_vertically(px(PANEL));
        let panels = upper.split_evenly((1, 2));
        loss.draw(&panels[0], &lines, &bands)?;
        accuracy.draw(&panels[1], &lines, &bands)?;
        legend::draw(&lower, &entries, legend::Mark::Line)
    });
    let mut caption = String::from("Loss and accuracy on the training images per epoch, mean over seeds.");
    if !bands.is_empty() {
        let named =
            bands.iter().map(|band| format!("{} (epochs {} to {})", band.stage, band.first, band.last));
        caption += &format!(" Stages: {}.", named.collect::<Vec<_>>().join(", "));
    }
    if hidden > 0 {
        caption += &format!(" Not shown: {}.", format::count(hidden, "line"));
    }
    Figure::new("training", "Training", caption, svg).map(Some)
}

/// One measure.
struct TrainingPanel<'a> {
    title: &'a str,
    of: fn(&Epoch) -> f64,
    held_back: fn(&Epoch) -> Option<f64>,
    format: &'a dyn Fn(f64) -> String,
}

impl TrainingPanel<'_> {
    fn draw(&self, area: &Area<'_>, lines: &[Course], bands: &[Band]) -> Result<(), DrawError> {
        let epochs = || lines.iter().flat_map(|line| &line.epochs);
        let numbers = epochs().map(|epoch| f64::from(epoch.number));
        let (first, last) = numbers.fold((f64::INFINITY, 1.0f64), |(a, b), at| (a.min(at), b.max(at)));
        let values = epochs().flat_map(|epoch| [Some((self.of)(epoch)), (self.held_back)(epoch)]);
        let highest = values.flatten().filter(|value| value.is_finite()).fold(0.0, f64::max);
        // Space for the stages' names above the lines.
        let room = if bands.is_empty() { 1.05 } else { 1.16 };
        let top = if highest > 0.0 { highest * room } else { 1.0 };
        let whole = ticks(first, last, 8).into_iter().filter(|tick| tick.fract() == 0.0).collect();
        let range = (first - 0.5, last.max(first) + 0.5);
        let x = AxisScale { range, ticks: whole, label: "epoch", format: &plain };
        let y = AxisScale { range: (0.0, top), ticks: ticks(0.0, top, 5), label: "", format: self.format };
        let mut chart = chart(area, self.title, &x, &y)?;
        shade(area, &mut chart, bands, range, top)?;
        for (index, course) in lines.iter().enumerate() {
            let stroke = Stroke::at(index);
            let held_back = points(course, self.held_back);
            chart.draw_series(line(&held_back, Stroke { pattern: Pattern::Dashed, ..stroke }, 1.5))?;
            let trained = points(course, |epoch| Some((self.of)(epoch)));
            chart.draw_series(line(&trained, stroke, 2.0))?;
            if trained.len() < 16 {
                let dot = ShapeStyle { color: stroke.colour.to_rgba(), filled: true, stroke_width: 0 };
                chart.draw_series(trained.iter().map(|point| Circle::new(*point, px(2.5), dot)))?;
            }
        }
        Ok(())
    }
}

fn points(course: &Course, of: impl Fn(&Epoch) -> Option<f64>) -> Vec<(f64, f64)> {
    let known = course.epochs.iter().filter_map(|epoch| Some((f64::from(epoch.number), of(epoch)?)));
    known.filter(|point| point.1.is_finite()).collect()
}

/// Shades the background of every second stage and writes the stages' names at the top.
fn shade<'a>(
    area: &Area<'a>,
    chart: &mut Chart<'a>,
    bands: &[Band],
    range: (f64, f64),
    top: f64,
) -> Result<(), DrawError> {
    let ground = ShapeStyle { color: INK.mix(0.06), filled: true, stroke_width: 0 };
    let style = font(TYPE - 1.0, &INK.mix(0.8));
    for (index, band) in bands.iter().enumerate() {
        let (from, to) = (f64::from(band.first) - 0.5, f64::from(band.last) + 0.5);
        if index % 2 == 1 {
            chart.draw_series([Rectangle::new([(from, 0.0), (to, top)], ground)])?;
        }
        if index > 0 {
            let edge = Stroke { colour: GREY, pattern: Pattern::Dotted };
            chart.draw_series(line(&[(from, 0.0), (from, top)], edge, 1.0))?;
        }
        // Half of the figure without margins, at 6.2 pixels per letter.
        let width = (to - from) / (range.1 - range.0) * (WIDTH / 2.0 - 60.0);
        let letters = (width / 6.2) as usize;
        if letters >= 3 {
            let (x, y) = chart.backend_coord(&(from, top));
            let (left, upper) = area.get_base_pixel();
            let at = |place: i32, start: i32| f64::from(place - start) / f64::from(px(1.0));
            write(
                area,
                &format::short(&band.stage, letters),
                &style,
                HPos::Left,
                at(x, left) + 5.0,
                at(y, upper) + 10.0,
            )?;
        }
    }
    Ok(())
}
