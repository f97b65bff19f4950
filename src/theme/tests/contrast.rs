//! What every theme owes to eyes: contrast, and severities that do not hang on one pair of hues.

use super::{Kind, SCOPES};
use crate::theme::{BUILT_IN, ColorDepth, Rgb, Theme};

/// The built-in themes that claim colours: all whose page has a ground of its own.
fn coloured() -> Vec<(&'static str, Theme)> {
    let themes = BUILT_IN.iter().filter_map(|(name, _)| Some((*name, Theme::built_in(name)?)));
    themes.filter(|(_, theme)| theme.overlay("screen").bg.is_some()).collect()
}

fn foreground(theme: &Theme, scope: &str) -> Rgb {
    Rgb::of(theme.style(scope).fg.unwrap()).unwrap()
}

#[test]
fn only_mono_claims_no_colours() {
    let names: Vec<_> = coloured().into_iter().map(|(name, _)| name).collect();
    let all: Vec<_> = BUILT_IN.iter().map(|(name, _)| *name).filter(|name| *name != "mono").collect();
    assert_eq!(names, all);
}

/// Text that cannot be read is no text: every scope on every background it may lie on.
#[test]
fn every_scope_can_be_read_on_its_background() {
    let mut failed = Vec::new();
    for ((name, theme), depth) in
        coloured().into_iter().flat_map(|named| [(named.clone(), ColorDepth::True), (named, ColorDepth::Indexed)])
    {
        let theme = theme.with_depth(depth);
        // Colours that are rounded to the nearest of 256 may come out a little closer.
        let slack = if depth == ColorDepth::True { 0.0 } else { 0.5 };
        for scope in SCOPES {
            let style = theme.style(scope.name);
            let surfaces = ["screen", "dialog", "table.selected"].map(|s| (s, theme.overlay(s).bg.unwrap()));
            let under = style.bg.map_or(surfaces.to_vec(), |bg| vec![(scope.name, bg)]);
            for (surface, bg) in under {
                let least = if scope.kind == Kind::Quiet { 3.0 } else { 4.5 } - slack;
                let contrast = Rgb::of(style.fg.unwrap()).unwrap().contrast(Rgb::of(bg).unwrap());
                if contrast < least {
                    failed.push(format!("{name} {depth:?}: {} on {surface} has contrast {contrast:.2}", scope.name));
                }
            }
        }
    }
    assert_eq!(failed, Vec::<String>::new());
}

/// The kinds of eyes that lack one kind of cone.
const EYES: [(&str, [[f64; 3]; 3]); 3] = [
    // Machado, Oliveira and Fernandes, 2009: severity 1.0, on linear light.
    ("protanopia", [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    ("deuteranopia", [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    ("tritanopia", [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]),
];

/// What such eyes see of a colour, as lightness and two hues (Oklab), each about 0 to 1.
fn seen(Rgb(r, g, b): Rgb, eyes: &[[f64; 3]; 3]) -> [f64; 3] {
    let linear = [r, g, b].map(|c| {
        let c = f64::from(c) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    });
    let times = |m: &[[f64; 3]; 3], v: [f64; 3]| m.map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum::<f64>());
    let rgb = times(eyes, linear).map(|c| c.clamp(0.0, 1.0));
    let cones = [
        [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
        [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
        [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
    ];
    let lab = [
        [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
        [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
        [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
    ];
    times(&lab, times(&cones, rgb).map(f64::cbrt))
}

/// How far apart the two nearest severities are to the worst eyes.
fn narrowest(theme: &Theme) -> (f64, String) {
    let scopes = ["sign.healthy", "sign.notice", "sign.warning", "sign.critical"];
    let mut nearest = (f64::MAX, String::new());
    for (eyes, matrix) in &EYES {
        for (at, one) in scopes.iter().enumerate() {
            for other in &scopes[at + 1..] {
                let (a, b) = (seen(foreground(theme, one), matrix), seen(foreground(theme, other), matrix));
                let apart = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                if apart < nearest.0 {
                    nearest = (apart, format!("{one} and {other} are {apart:.3} apart to {eyes}"));
                }
            }
        }
    }
    nearest
}

/// The theme that promises it keeps every two severities apart for eyes that lack a cone.
#[test]
fn the_colour_blind_see_four_severities() {
    let (apart, which) = narrowest(&Theme::built_in("colour-blind-safe").unwrap());
    assert!(apart >= 0.12, "{which}");
    let (dark, _) = narrowest(&Theme::default());
    assert!(dark < apart, "the dark theme keeps them {dark:.3} apart, the safe one {apart:.3}");
}
