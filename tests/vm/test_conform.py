#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The conformance suite in a guest, by the link drm:, with the custody that is named.

usage: test_conform.py driver|device

All of its rules are tested there, but for those that the driver does not offer anywhere.
"""

import json
import sys
import unittest

import rig

CUSTODY = sys.argv.pop(1) if len(sys.argv) > 1 else "device"

PROGRAM = rig.BUILD / "tests" / "conformance" / "vitrine-conform"

# The only rules that are not tested there, and why. There are none now.
NOT_OFFERED = {}
# It depends on the device's speed whether there is anything to wait for.
NO_WAIT = "the driver never calls pfnWaitForSynchronizationObject(2)Cb"
MAY_BE_NOT_NEEDED = {"hostile/wait_fails": NO_WAIT, "hostile/lost_during_wait": NO_WAIT}

RUN = """
vitrine-conform --umd /app/lib/libvitrine_umd.so --host /app/lib/libvitrine_host.so --strict \\
    --link {link} --custody {custody} --root /tmp/root.der {key} --report /tmp/report {more}
"""


def conform(guest, more=""):
    """(result of the program, its report)"""
    key = "--certificate /tmp/chain.der --key /tmp/device.key" if CUSTODY == "driver" else ""
    words = RUN.format(link=rig.LINK, custody=CUSTODY, key=key, more=more)
    done = guest.run(words, limit_s=540)
    return done, json.loads(guest.get("/tmp/report/report.json"))


def name(rule):
    return f"{rule['group']}/{rule['test']}"


class Conformance(unittest.TestCase):
    def test_every_rule_is_kept(self):
        with rig.device(CUSTODY) as device:
            with rig.boot(device.socket, rig.chain_files(CUSTODY), programs=[PROGRAM]) as guest:
                done, report = conform(guest)
                listed = json.loads(guest.run("vitrine-conform --list --json").check().output)
                self.assertTrue(guest.is_alive())
            self.assertIsNone(device.process.poll(), "the device ended")
        self.check(report, listed)
        self.assertEqual(done.status, 0, done.errors.decode(errors="replace")[-4000:])

    def check(self, report, listed):
        rules = {name(rule): rule for rule in report["rules"]}
        failed = {each: rule.get("evidence") for each, rule in rules.items()
                  if rule["result"] not in ("kept", "not applicable")}
        self.assertEqual(failed, {})
        reasons = {each: rule["reason"] for each, rule in rules.items()
                   if rule["result"] == "not applicable"}
        needed = {each: why for each, why in reasons.items() if MAY_BE_NOT_NEEDED.get(each) != why}
        self.assertEqual(needed, NOT_OFFERED)
        self.assertEqual(set(rules), {name(rule) for rule in listed})
        self.assertEqual(report["summary"], {
            "kept": len(listed) - len(reasons), "broken": 0, "not followed": 0,
            "not applicable": len(reasons), "not selected": 0,
        })
        self.assertEqual((report["run"]["link"], report["run"]["custody"]), (rig.LINK, CUSTODY))


if __name__ == "__main__":
    unittest.main()
