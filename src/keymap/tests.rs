use super::*;

fn chord(text: &str) -> Chord {
    Chord(text.split(' ').map(|key| key.parse().unwrap()).collect())
}

#[test]
fn built_in_keymaps_have_no_problems() {
    for (name, text) in BUILT_IN {
        assert_eq!(parse::layer(name, text).problems, [], "{name}");
    }
}

#[test]
fn every_action_has_a_key_or_a_reason_in_every_keymap() {
    for (name, _) in BUILT_IN {
        let keymap = Keymap::built_in(name).unwrap();
        let keyless: Vec<_> =
            Action::all().filter(|a| keymap.key_for(a.context(), *a).is_none()).map(Action::name).collect();
        assert_eq!(keyless, ["next-theme"], "{name}: reached through the palette");
    }
}

#[test]
fn every_screen_has_its_context() {
    for screen in Name::ALL {
        assert!(DEFAULT.contains(&format!("\n[{}]\n", screen.name())), "{}", screen.name());
    }
}

#[test]
fn no_key_that_terminals_keep_for_themselves_is_bound() {
    for (name, _) in BUILT_IN {
        let keymap = Keymap::built_in(name).unwrap();
        for key in keymap.bindings.values().flat_map(BTreeMap::keys).flat_map(|chord| &chord.0) {
            let text = key.to_string();
            assert!(!["ctrl-s", "ctrl-q", "ctrl-h"].contains(&text.as_str()), "{name}: {text}");
            assert!(!key.modifiers.alt && !matches!(key.code, crate::app::key::KeyCode::F(_)), "{name}: {text}");
            // The prefixes of screen and tmux; vim's hands reach for ctrl-b, and ctrl-u does the same.
            let is_prefix = text == "ctrl-a" || text == "ctrl-b" && name != "vim";
            assert!(!is_prefix, "{name}: {text}");
        }
    }
}

#[test]
fn vim_and_emacs_have_their_keys() {
    let bound = |name: &str, keys: &str| Keymap::built_in(name).unwrap().look_up(Context::Global, &chord(keys).0);
    for (keys, action) in [
        ("g g", Action::Top),
        ("G", Action::Bottom),
        ("ctrl-f", Action::PageDown),
        ("ctrl-b", Action::PageUp),
        ("Z Z", Action::Quit),
        ("y y", Action::Yank),
    ] {
        assert_eq!(bound("vim", keys), Ok(action), "{keys}");
    }
    for (keys, action) in [
        ("ctrl-n", Action::Down),
        ("ctrl-p", Action::Up),
        ("ctrl-v", Action::PageDown),
        ("ctrl-g", Action::Back),
        ("ctrl-x ctrl-c", Action::Quit),
    ] {
        assert_eq!(bound("emacs", keys), Ok(action), "{keys}");
    }
}

#[test]
fn a_keymap_can_start_from_another() {
    let (keymap, problems) = Keymap::parse("mine", "inherits = \"vim\"\n[global]\n\"Z Z\" = false\n");
    assert_eq!(problems, []);
    assert_eq!(keymap.look_up(Context::Global, &chord("g g").0), Ok(Action::Top));
    assert_eq!(keymap.look_up(Context::Global, &chord("Z Z").0), Err(false));

    let (keymap, problems) = Keymap::parse("mine", "inherits = \"vin\"\n");
    assert_eq!(keymap, Keymap::default());
    assert_eq!(problems[0].line, 1);
    let expected =
        "keymap mine: inherits = \"vin\" names no built-in keymap: did you mean \"vim\"?; the default one holds";
    assert_eq!(problems[0].sentence, expected);
}

#[test]
fn a_user_binds_and_unbinds() {
    let (keymap, problems) = Keymap::parse("mine", "[global]\n\"q\" = false\n\"Q\" = \"quit\"\n\"g g\" = \"top\"\n");
    assert_eq!(problems, []);
    assert_eq!(keymap.look_up(Context::Global, &chord("q").0), Err(false));
    assert_eq!(keymap.look_up(Context::Global, &chord("Q").0), Ok(Action::Quit));
    assert_eq!(keymap.look_up(Context::Global, &chord("g").0), Err(true), "the chord takes the place of g");
    assert_eq!(keymap.look_up(Context::Global, &chord("g g").0), Ok(Action::Top));
}

#[test]
fn the_screen_comes_before_everywhere() {
    let (keymap, _) = Keymap::parse("mine", "[fleet]\n\"s\" = \"pause\"\n");
    let fleet = Context::Screen(Name::Fleet);
    assert_eq!(keymap.look_up(fleet, &chord("s").0), Ok(Action::Pause));
    assert_eq!(keymap.look_up(Context::Screen(Name::Activity), &chord("s").0), Ok(Action::Sort));
    assert_eq!(keymap.key_for(fleet, Action::Sort).map(ToString::to_string).as_deref(), Some("o"));
}
