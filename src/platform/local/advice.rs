//! What to install where PostgreSQL's server programs are missing.
//!
//! Pure: from the text of `/etc/os-release` and the kind of system to one command. It refuses to
//! run anything.

/// The command that installs a PostgreSQL server on this system.
#[must_use]
pub fn install_command(os_release: &str, is_macos: bool) -> &'static str {
    if is_macos {
        return "brew install postgresql@17";
    }
    let families = field(os_release, "ID").into_iter().chain(field(os_release, "ID_LIKE"));
    for family in families.flat_map(str::split_whitespace) {
        match family {
            "debian" | "ubuntu" => return "apt install postgresql",
            "fedora" | "rhel" | "centos" | "rocky" | "almalinux" | "amzn" => return "dnf install postgresql-server",
            "alpine" => return "apk add postgresql",
            "arch" | "manjaro" => return "pacman -S postgresql",
            "suse" | "opensuse" | "opensuse-leap" | "opensuse-tumbleweed" | "sles" => {
                return "zypper install postgresql-server";
            }
            "nixos" => return "nix profile install nixpkgs#postgresql",
            "gentoo" => return "emerge dev-db/postgresql",
            "void" => return "xbps-install postgresql",
            _ => {}
        }
    }
    "your package manager's postgresql server package"
}

/// A field of an os-release file, without its quotes.
fn field<'a>(os_release: &'a str, name: &str) -> Option<&'a str> {
    os_release.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_matches(['"', '\'']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_has_its_command() {
        for (os_release, command) in [
            ("PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n", "apt install postgresql"),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", "apt install postgresql"),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", "dnf install postgresql-server"),
            ("ID=alpine\n", "apk add postgresql"),
            ("ID='arch'\n", "pacman -S postgresql"),
            ("ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n", "zypper install postgresql-server"),
            ("", "your package manager's postgresql server package"),
        ] {
            assert_eq!(install_command(os_release, false), command, "{os_release}");
        }
        assert_eq!(install_command("", true), "brew install postgresql@17");
    }
}
