"""Takes out of a build what no function ever reads, and sees that its zip stays small.

    python -m infra.slim .aws-sam/build

`make build` and `make deploy` run it after `sam build`. Without it the functions run as well: their
package is half as large again, and a cold start fetches all of it.
"""

import sys
from pathlib import Path

from infra.local.package import zip_folder

# Decimal megabytes, zipped. Lambda takes 50; every cold start waits for what there is.
MOST_MEGABYTES = 30
# By path within the package. The tests extract and search without them.
NEVER_READ = (
    # courlan, by which trafilatura cleans URLs, asks babel whether a language is one: of links that
    # it was told to follow in one language. We follow none. Without these 10 MB zipped it knows the
    # two that are kept.
    "babel/locale-data/*",
    # SQLite's tools and loadable extensions; FTS5 is in apsw's own module.
    "apsw/sqlite_extra_binaries/*",
    "apsw/tests/*",
    # Headers and sources, to compile against.
    "lxml/includes/**/*",
    "lxml/*.pxd",
    "lxml/*.h",
    "lxml/**/*.pyx",
    "tld/tests/**/*",
    "**/*.pyi",
)
KEPT = ("babel/locale-data/root.dat", "babel/locale-data/en.dat")


def slim(package: Path) -> int:
    """How many bytes were taken out."""
    kept = {package / each for each in KEPT}
    found = {path for pattern in NEVER_READ for path in package.glob(pattern)}
    removed = 0
    for path in found - kept:
        if path.is_file():
            removed += path.stat().st_size
            path.unlink()
    return removed


def packages(build: Path) -> list[Path]:
    """A folder a function, all alike."""
    return sorted(path for path in build.iterdir() if path.is_dir())


def main(build: Path) -> int:
    """The exit code: 1 where the package is too large."""
    made = packages(build)
    if not made:
        print(f"infra.slim: nothing was built in {build}", file=sys.stderr)  # noqa: T201
        return 1
    removed = sum(slim(each) for each in made) // len(made)
    megabytes = len(zip_folder(made[0])) / 1e6
    told = f"{megabytes:.1f} MB zipped, without {removed / 1e6:.1f} MB that nothing reads"
    if megabytes > MOST_MEGABYTES:
        remedy = f"at most {MOST_MEGABYTES}: see what grew, and whether functions read it"
        print(f"infra.slim: the functions' package: {told}; {remedy}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"the functions' package: {told}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
