"""The ways in and out of this machine: `ports`, `doctor` and `calibrate`."""

import argparse
from dataclasses import asdict

from bridge.commands.saying import DONE, print_json
from bridge.commands.words import setting_words, settings
from bridge.latency import MOST
from generators.command_line import number

WAY = ("backend", "midi_in", "midi_out")
"""The settings that say which ports are meant."""


def ports(options: argparse.Namespace) -> int:
    """List the ports."""
    from bridge.ports import listing

    reports = listing(settings(options))
    if options.json:
        print_json(ports=[asdict(report) for report in reports])
        return DONE
    for report in reports:
        remedy = f"; {report.remedy}" if report.remedy else ""
        print(f"{report.wire:<8} {report.direction:<5} {report.port:<24} {report.state}{remedy}")
    return DONE


def doctor(options: argparse.Namespace) -> int:
    """Look at everything."""
    from bridge.doctor import report

    text, code = report(options.json)
    print(text)
    return code


def calibrate_words(parser: argparse.ArgumentParser) -> None:
    """Take a port, or the settings that name it."""
    add = parser.add_argument
    add("port", nargs="?", metavar="PORT", default="", help="the way out: JACK, or a port's name")
    add(
        "--ms",
        type=number(0, MOST),
        metavar="MS",
        help="take this instead of measuring; 0 takes it out",
    )
    setting_words(parser, WAY)


def calibrate(options: argparse.Namespace) -> int:
    """Measure a way out, and keep what it takes."""
    from bridge.calibrate import calibrate

    print(calibrate(settings(options, *WAY), options.port, options.ms))
    return DONE
