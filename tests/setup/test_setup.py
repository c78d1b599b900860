#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/setup against a pretended Debian: a root directory of its own and commands that only note."""

import os
import pathlib
import pty
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SETUP = ROOT / "tools" / "setup"

# Commands that come before the system's. They note what they were asked in $NOTES.
STUBS = {
    "id": 'echo "$PRETEND_UID"',
    "dpkg": """
        case $1 in
        --compare-versions) [ -z "${PRETEND_VERSION-}" ] || [ "$2" -ge "$4" ] ;;
        *) echo "$PRETEND_ARCH" ;;
        esac
    """,
    "dpkg-query": """
        for package; do :; done
        grep -qx "$package" "$INSTALLED" || { echo "no packages found" >&2; exit 1; }
        echo "installed ${PRETEND_VERSION-99}"
    """,
    "apt-cache": """
        echo "$2"
        echo "  Depends: ${2%-*}-6.1.0-1-${2##*-}"
    """,
    "apt-get": """
        echo "apt-get uid=$PRETEND_UID $*" >>"$NOTES"
        case $1 in
        update) exit "${UPDATE_EXIT-0}" ;;
        download)
            echo "$3" >"$3_1_all.deb"
            exit "${DOWNLOAD_EXIT-0}"
            ;;
        esac
        if [ -n "${INSTALL_EXIT-}" ]; then
            exit "$INSTALL_EXIT"
        fi
        printf '%s\\n' "$@" >>"$INSTALLED"
    """,
    "sudo": """
        echo "sudo $1" >>"$NOTES"
        PRETEND_UID=0 export PRETEND_UID
        case $1 in
        -v) ;;
        *) exec "$@" ;;
        esac
    """,
}

OS_RELEASE = {
    "12": 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
    "13": 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n',
    "sid": "ID=debian\nVERSION_CODENAME=forky\n",
    "other": "ID=other\nVERSION_ID=40\n",
}

ONE_SOURCE = "deb http://mirror.test/debian bookworm main\n"


class World:
    """A pretended machine."""

    def __init__(self, folder, release="12", arch="amd64", uid=1000, sudo=True):
        self.folder = pathlib.Path(folder)
        self.root = self.folder / "system"
        self.apt = self.root / "etc" / "apt"
        for name in ("sources.list.d", "preferences.d"):
            (self.apt / name).mkdir(parents=True)
        (self.root / "etc" / "os-release").write_text(OS_RELEASE[release], encoding="utf-8")
        self.notes = self.folder / "notes"
        self.notes.touch()
        self.installed = self.folder / "installed"
        self.installed.touch()
        bin_dir = self.folder / "bin"
        bin_dir.mkdir()
        for name, text in STUBS.items():
            if name != "sudo" or sudo:
                path = bin_dir / name
                path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
                path.chmod(0o755)
        for name in ("sh", "env", "awk", "grep", "sed", "tr", "cut", "cat", "tee", "dirname",
                     "head", "mkdir", "rm", "mv", "chmod"):
            (bin_dir / name).symlink_to(shutil.which(name))
        self.env = {
            "PATH": str(bin_dir),
            "NOTES": str(self.notes),
            "INSTALLED": str(self.installed),
            "PRETEND_UID": str(uid),
            "PRETEND_ARCH": arch,
            "VITRINE_APT_ROOT": str(self.root),
        }
        self.tool = SETUP

    def with_packages(self, table):
        """A copy of the tool with a list of packages of its own."""
        tools = self.folder / "tools"
        tools.mkdir()
        shutil.copy(SETUP, tools)
        shutil.copytree(SETUP.parent / "setup.d", tools / "setup.d")
        (tools / "setup.d" / "packages").write_text(table, encoding="utf-8")
        self.tool = tools / "setup"

    def run(self, *arguments, **env):
        done = subprocess.run(
            [self.tool, *arguments], env={**self.env, **env}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
        )
        return done.returncode, done.stdout

    def run_on_terminal(self, answer, *arguments):
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [self.tool, *arguments], env=self.env, stdin=theirs,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as process:
            os.write(ours, answer.encode())
            output = process.communicate(timeout=60)[0]
        os.close(theirs)
        os.close(ours)
        return process.returncode, output

    def noted(self):
        return self.notes.read_text(encoding="utf-8").splitlines()

    def files(self):
        return {p.relative_to(self.apt).as_posix() for p in self.apt.rglob("*") if p.is_file()}


def installed_packages(notes):
    words = []
    for line in notes:
        if " install " in line:
            words += line.split("DPkg::Lock::Timeout=300 ", 1)[1].split()
    return words


class Case(unittest.TestCase):
    def world(self, **options):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return World(folder.name, **options)


class Setup(Case):
    def world(self, **options):
        world = super().world(**options)
        (world.apt / "sources.list").write_text(ONE_SOURCE, encoding="utf-8")
        return world

    def test_root_acts_at_once_and_a_second_run_does_nothing(self):
        world = self.world(uid=0)
        code, output = world.run("play")
        self.assertEqual(code, 0, output)
        self.assertIn("apt-get uid=0 update -q", world.noted())
        self.assertIn("libipsec-mb-dev", installed_packages(world.noted()))
        self.assertNotIn("valgrind", installed_packages(world.noted()))
        before = world.noted()
        self.assertEqual(world.run("play"), (0, "tools/setup: nothing to install for play\n"))
        self.assertEqual(world.noted(), before)

    def test_check_adds_to_play(self):
        world = self.world(uid=0)
        world.run("play")
        world.notes.write_text("", encoding="utf-8")
        self.assertEqual(world.run("check")[0], 0)
        packages = installed_packages(world.noted())
        self.assertIn("libcriterion-dev", packages)
        self.assertNotIn("meson", packages)

    def test_bench_adds_guests_and_what_they_are_compared_with(self):
        world = self.world(uid=0)
        world.run("vm")
        world.notes.write_text("", encoding="utf-8")
        self.assertEqual(world.run("bench")[0], 0)
        packages = installed_packages(world.noted())
        for package in ("qemu-system-gui", "qemu-system-modules-opengl", "libgl1-mesa-dri"):
            self.assertIn(package, packages)
        for package in ("meson", "qemu-system-x86", "libcriterion-dev"):
            self.assertNotIn(package, packages)

    def test_bench_has_no_guests_on_arm64(self):
        world = self.world(uid=0, arch="arm64")
        self.assertEqual(world.run("bench")[0], 0)
        self.assertNotIn("qemu-system-gui", installed_packages(world.noted()))

    def test_what_is_installed_can_render(self):
        world = self.world(uid=0)
        self.assertEqual(world.run("install")[0], 0)
        packages = installed_packages(world.noted())
        for package in ("meson", "libvirglrenderer-dev"):
            self.assertIn(package, packages)
        for package in ("libcriterion-dev", "qemu-system-x86"):
            self.assertNotIn(package, packages)

    def test_packages_fit_release_and_architecture(self):
        for release, arch, there, absent in (
            ("12", "amd64", ["libclang-rt-14-dev", "libipsec-mb-dev"], ["libclang-rt-19-dev"]),
            ("13", "amd64", ["libclang-rt-19-dev", "libipsec-mb-dev"], ["libclang-rt-14-dev"]),
            ("12", "arm64", ["libclang-rt-14-dev"], ["libipsec-mb-dev"]),
            ("13", "arm64", ["libclang-rt-19-dev"], ["libipsec-mb-dev"]),
        ):
            with self.subTest(release=release, arch=arch):
                world = self.world(uid=0, release=release, arch=arch)
                self.assertEqual(world.run("check")[0], 0)
                packages = installed_packages(world.noted())
                self.assertEqual(set(there) - set(packages), set())
                self.assertEqual(set(absent) & set(packages), set())

    def test_without_root_and_terminal_it_prints_the_commands(self):
        world = self.world()
        code, output = world.run("play")
        self.assertEqual(code, 3)
        self.assertEqual(world.noted(), [])
        self.assertIn("    sudo apt-get update -q\n", output)
        self.assertRegex(output, r"sudo env DEBIAN_FRONTEND=noninteractive apt-get install .* meson")

    def test_without_sudo_it_prints_the_commands_for_root(self):
        world = self.world(sudo=False)
        code, output = world.run_on_terminal("y\n", "play")
        self.assertEqual(code, 3)
        self.assertEqual(world.noted(), [])
        self.assertIn("    apt-get update -q\n", output)

    def test_a_user_is_asked_and_says_yes(self):
        world = self.world()
        code, output = world.run_on_terminal("\n", "play")
        self.assertEqual(code, 0, output)
        self.assertIn("Run this now?", output)
        self.assertIn("sudo -v", world.noted())
        self.assertIn("apt-get uid=0 update -q", world.noted())
        self.assertIn("meson", installed_packages(world.noted()))

    def test_a_user_is_asked_and_says_no(self):
        world = self.world()
        code, _ = world.run_on_terminal("n\n", "play")
        self.assertEqual(code, 3)
        self.assertEqual(world.noted(), [])

    def test_dry_run_changes_nothing(self):
        for uid in (0, 1000):
            with self.subTest(uid=uid):
                world = self.world(uid=uid)
                code, output = world.run("--dry-run", "check")
                self.assertEqual(code, 0)
                self.assertIn("libcriterion-dev", output)
                self.assertEqual(world.noted(), [])

    def test_unknown_systems_get_one_line(self):
        for release, arch in (("other", "amd64"), ("sid", "amd64"), ("12", "riscv64")):
            with self.subTest(release=release, arch=arch):
                world = self.world(uid=0, release=release, arch=arch)
                code, output = world.run("play")
                self.assertEqual(code, 4)
                self.assertEqual(len(output.splitlines()), 1)
                self.assertEqual(world.noted(), [])

    def test_wrong_words_get_the_usage(self):
        world = self.world(uid=0)
        self.assertEqual(world.run("plya")[0], 2)
        self.assertEqual(world.run("--help")[0], 0)
        self.assertEqual(world.noted(), [])

    def test_a_failed_update_does_not_stop_the_install(self):
        world = self.world(uid=0)
        self.assertEqual(world.run("play", UPDATE_EXIT="100")[0], 0)

    def test_a_failed_install_is_a_failure(self):
        world = self.world(uid=0)
        code, output = world.run("play", INSTALL_EXIT="100")
        self.assertEqual(code, 1)
        self.assertIn("apt-get install failed", output)

    def test_only_the_guests_of_debian_12_need_backports(self):
        for release, arch, goal, needed in (
            ("12", "amd64", "play", False), ("12", "amd64", "vm", True),
            ("12", "amd64", "check", True), ("12", "arm64", "check", False),
            ("13", "amd64", "check", False),
        ):
            with self.subTest(release=release, arch=arch, goal=goal):
                world = self.world(uid=0, release=release, arch=arch)
                self.assertEqual(world.run(goal)[0], 0)
                self.assertEqual(
                    "sources.list.d/vitrine-backports.sources" in world.files(), needed
                )


class Versions(Case):
    TABLE = "play one >=8,12\nplay two 12\n"

    def test_an_older_one_does_not_do(self):
        world = self.world(uid=0)
        world.with_packages(self.TABLE)
        world.installed.write_text("one\ntwo\n", encoding="utf-8")
        self.assertIn("nothing to install", world.run("play", PRETEND_VERSION="8")[1])
        self.assertIn("missing for play: one\n", world.run("--dry-run", PRETEND_VERSION="7")[1])


class Downloads(Case):
    TABLE = "vm linux-image-amd64 amd64,download\nvm two -\nplay three -\n"

    def there(self, world):
        folder = world.root / "var/cache/vitrine/packages"
        return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*")}

    def test_they_are_kept_and_not_installed(self):
        world = self.world(uid=0)
        world.with_packages(self.TABLE)
        code, output = world.run("vm")
        self.assertEqual(code, 0, output)
        self.assertEqual(
            self.there(world), {"linux-image-amd64.deb": "linux-image-6.1.0-1-amd64\n"}
        )
        self.assertEqual(set(installed_packages(world.noted())), {"two", "three"})
        self.assertEqual(world.run("vm"), (0, "tools/setup: nothing to install for vm\n"))

    def test_a_failed_one_is_a_failure_and_leaves_nothing(self):
        world = self.world(uid=0)
        world.with_packages(self.TABLE)
        code, output = world.run("vm", DOWNLOAD_EXIT="100")
        self.assertEqual(code, 1)
        self.assertIn("a download failed", output)
        self.assertEqual(self.there(world), {})

    def test_a_user_gets_them_by_sudo(self):
        world = self.world()
        world.with_packages(self.TABLE)
        world.installed.write_text("two\nthree\n", encoding="utf-8")
        code, output = world.run("vm")
        self.assertEqual(code, 3)
        self.assertIn("linux-image-amd64 (download only)", output)
        self.assertEqual(self.there(world), {})
        code, output = world.run_on_terminal("y\n", "vm")
        self.assertEqual(code, 0, output)
        self.assertEqual(list(self.there(world)), ["linux-image-amd64.deb"])


class Backports(Case):
    TABLE = "play one -\ncheck two 12,backports\ncheck two 13\n"

    def test_they_come_from_one_source_of_its_own_with_a_low_pin(self):
        world = self.world(uid=0)
        world.with_packages(self.TABLE)
        (world.apt / "sources.list").write_text(ONE_SOURCE, encoding="utf-8")
        code, output = world.run("check")
        self.assertEqual(code, 0, output)
        self.assertEqual(
            world.files(),
            {
                "sources.list",
                "sources.list.d/vitrine-backports.sources",
                "preferences.d/vitrine-backports",
            },
        )
        self.assertEqual((world.apt / "sources.list").read_text(encoding="utf-8"), ONE_SOURCE)
        self.assertEqual(
            (world.apt / "sources.list.d/vitrine-backports.sources").read_text(encoding="utf-8"),
            "Types: deb\nURIs: http://mirror.test/debian\nSuites: bookworm-backports\n"
            "Components: main\n",
        )
        pin = (world.apt / "preferences.d/vitrine-backports").read_text(encoding="utf-8")
        self.assertIn("Pin: release n=bookworm-backports\nPin-Priority: 100\n", pin)
        notes = world.noted()
        self.assertTrue(notes[-1].endswith("-t bookworm-backports two"), notes)
        self.assertNotIn("one", notes[-1].split())
        self.assertEqual(world.run("check"), (0, "tools/setup: nothing to install for check\n"))

    def test_a_user_gets_them_by_sudo(self):
        world = self.world()
        world.with_packages(self.TABLE)
        (world.apt / "sources.list").write_text(ONE_SOURCE, encoding="utf-8")
        self.assertEqual(world.run_on_terminal("y\n", "check")[0], 0)
        self.assertIn("sudo tee", world.noted())
        self.assertIn("sources.list.d/vitrine-backports.sources", world.files())

    def test_the_printed_commands_make_the_same_files(self):
        world = self.world()
        world.with_packages(self.TABLE)
        (world.apt / "sources.list").write_text(ONE_SOURCE, encoding="utf-8")
        code, output = world.run("check")
        self.assertEqual((code, world.files()), (3, {"sources.list"}))
        commands = output.split("Run:\n", 1)[1]
        subprocess.run(
            ["sh", "-e"], input=commands, env=world.env, text=True, check=True,
            stdout=subprocess.DEVNULL,
        )
        self.assertIn("sources.list.d/vitrine-backports.sources", world.files())
        self.assertIn("Suites: bookworm-backports", (
            world.apt / "sources.list.d/vitrine-backports.sources").read_text(encoding="utf-8"))
        self.assertIn("two", installed_packages(world.noted()))

    def test_play_and_debian_13_do_without(self):
        for release, goal in (("12", "play"), ("13", "check")):
            with self.subTest(release=release, goal=goal):
                world = self.world(uid=0, release=release)
                world.with_packages(self.TABLE)
                self.assertEqual(world.run(goal)[0], 0)
                self.assertEqual(world.files(), set())

    def test_no_mirror_is_said(self):
        world = self.world(uid=0)
        world.with_packages(self.TABLE)
        code, output = world.run("check")
        self.assertEqual(code, 1)
        self.assertIn("finds no mirror of bookworm", output)
        self.assertEqual(world.files(), set())


class Mirrors(Case):
    """tools/setup.d/backports on apt configurations as they are found."""

    def derive(self, files, lists=None):
        world = self.world()
        for name, text in files.items():
            (world.apt / name).write_text(text, encoding="utf-8")
        folder = world.root / "var/lib/apt/lists"
        folder.mkdir(parents=True)
        for name, text in (lists or {}).items():
            (folder / name).write_text(text, encoding="utf-8")
        done = subprocess.run(
            [SETUP.parent / "setup.d" / "backports", "bookworm"], env=world.env, text=True,
            stdout=subprocess.PIPE, timeout=60, check=False,
        )
        return done.returncode, done.stdout

    def source(self, uris, signed=None):
        text = f"Types: deb\nURIs: {uris}\nSuites: bookworm-backports\nComponents: main\n"
        return (0, text + (f"Signed-By: {signed}\n" if signed else ""))

    def test_one_line(self):
        self.assertEqual(
            self.derive({"sources.list": "# deb http://no.test/debian bookworm main\n"
                "deb-src http://src.test/debian bookworm main\n\n"
                "deb\thttp://a.test/debian/  bookworm  contrib main # here\n"
                "deb http://s.test/security bookworm-security main\n"}),
            self.source("http://a.test/debian/"),
        )

    def test_one_line_with_options(self):
        self.assertEqual(
            self.derive({"sources.list.d/x.list":
                "deb [ arch=amd64,arm64 signed-by=/k/a.gpg,/k/b.gpg ] http://a.test/debian bookworm main\n"}),
            self.source("http://a.test/debian", "/k/a.gpg /k/b.gpg"),
        )

    def test_deb822(self):
        self.assertEqual(
            self.derive({"sources.list.d/debian.sources":
                "Types: deb deb-src\n# a comment\nURIs: http://a.test/debian http://b.test/debian\n"
                "Suites: bookworm bookworm-updates\nComponents: main non-free-firmware\n"
                "Signed-By: /k/a.gpg\n\n"
                "Types: deb\nURIs: http://s.test/security\nSuites: bookworm-security\n"
                "Components: main\n"}),
            self.source("http://a.test/debian http://b.test/debian", "/k/a.gpg"),
        )

    def test_deb822_with_folded_fields_and_a_key_in_it(self):
        key = " -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINB\n -----END PGP PUBLIC KEY BLOCK-----"
        self.assertEqual(
            self.derive({"sources.list.d/debian.sources":
                f"types: deb\nuris:\n http://a.test/debian\n http://b.test/debian\nSUITES:\n bookworm\n"
                f"Components: main\nSigned-By:\n{key}\n"}),
            (0, "Types: deb\nURIs: http://a.test/debian http://b.test/debian\n"
                f"Suites: bookworm-backports\nComponents: main\nSigned-By:\n{key}\n"),
        )

    def test_disabled_and_source_only_stanzas_do_not_count(self):
        stanza = "URIs: http://a.test/debian\nSuites: bookworm\nComponents: main\n"
        for first in ("Enabled: no\nTypes: deb\n", "Types: deb-src\n"):
            self.assertEqual(
                self.derive({"sources.list.d/debian.sources": first + stanza}), (1, "")
            )

    def test_other_components_and_suites_do_not_count(self):
        self.assertEqual(
            self.derive({"sources.list": "deb http://a.test/debian bookworm contrib\n"
                "deb http://a.test/debian trixie main\n"}),
            (1, ""),
        )

    def test_a_disc_is_no_mirror(self):
        self.assertEqual(
            self.derive({"sources.list": "deb cdrom:[Debian_12]/ bookworm main\n" + ONE_SOURCE}),
            self.source("http://mirror.test/debian"),
        )

    def test_a_mirror_list_is_carried_over(self):
        uri = "mirror+file:/etc/apt/mirrors/debian.list"
        self.assertEqual(
            self.derive({"sources.list.d/debian.sources":
                f"Types: deb\nURIs: {uri}\nSuites: bookworm\nComponents: main\n"}),
            self.source(uri),
        )

    def test_the_name_stable_counts(self):
        self.assertEqual(
            self.derive({"sources.list": "deb http://a.test/debian oldstable main\n"}),
            self.source("http://a.test/debian"),
        )

    def test_the_same_mirror_counts_once(self):
        self.assertEqual(
            self.derive({"sources.list": ONE_SOURCE, "sources.list.d/again.list": ONE_SOURCE}),
            self.source("http://mirror.test/debian"),
        )

    def test_mirrors_with_different_keys_get_a_stanza_each(self):
        code, text = self.derive({"sources.list":
            "deb [signed-by=/k/a.gpg] http://a.test/debian bookworm main\n"
            "deb http://b.test/debian bookworm main\n"})
        self.assertEqual(code, 0)
        self.assertEqual(
            text,
            self.source("http://a.test/debian", "/k/a.gpg")[1] + "\n"
            + self.source("http://b.test/debian")[1],
        )

    def test_the_archive_of_somebody_else_is_told_by_its_release_file(self):
        files = {"sources.list": "deb http://other.test/some_path/ bookworm main\n" + ONE_SOURCE}
        lists = {
            "other.test_some%5fpath_dists_bookworm_InRelease": "Origin: Somebody\n",
            "mirror.test_debian_dists_bookworm_InRelease": "Origin: Debian\nLabel: Debian\n",
        }
        self.assertEqual(self.derive(files, lists), self.source("http://mirror.test/debian"))
        del lists["mirror.test_debian_dists_bookworm_InRelease"]
        self.assertEqual(self.derive(files, lists), self.source("http://mirror.test/debian"))

    def test_backports_of_the_machine_itself_are_enough(self):
        self.assertEqual(
            self.derive({"sources.list": ONE_SOURCE
                + "deb http://mirror.test/debian bookworm-backports main\n"}),
            (0, ""),
        )

    def test_an_old_source_of_ours_does_not_count(self):
        self.assertEqual(
            self.derive({"sources.list": ONE_SOURCE, "sources.list.d/vitrine-backports.sources":
                "Types: deb\nURIs: http://old.test/debian\nSuites: bookworm-backports\n"
                "Components: main\n"}),
            self.source("http://mirror.test/debian"),
        )

    def test_an_empty_configuration_has_no_mirror(self):
        self.assertEqual(self.derive({}), (1, ""))


if __name__ == "__main__":
    unittest.main()
