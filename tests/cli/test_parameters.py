"""`rnnsweep parameters`, `help`, and the man pages, which are made from the same tables as --help."""

import json
import re
import subprocess
import unittest

from program import PROGRAM, ProgramTest


def commands(general_help):
    lines = general_help.split("\nCommands:\n")[1].split("\n\n")[0].splitlines()
    return [line.split()[0] for line in lines]


class Parameters(ProgramTest):
    def test_every_parameter_has_a_line_and_a_page(self):
        out, _ = self.call("parameters", "--json")
        parameters = json.loads(out)["parameters"]
        table, _ = self.call("parameters")
        self.assertGreater(len(parameters), 30)
        for each in parameters:
            self.assertIn(f"\n{each['name']} ", table)
            page, _ = self.call("parameters", each["name"])
            self.assertTrue(page.startswith(f"{each['name']}: {each['meaning']}\n"))
            self.assertIn("\n  default ", page)
            self.assertIn("\n  allowed ", page)

    def test_defaults_and_ranges_are_those_of_the_sweep_reader(self):
        for each in json.loads(self.call("parameters", "--json")[0])["parameters"]:
            value = {None: "none", True: "true", False: "false"}.get(each["default"])
            if value is None or each["kind"] != "flag" and each["default"] is not None:
                value = each["default"]
            self.write("default.yaml", f"method: grid\nparameters: {{{each['name']}: {value}}}\n")
            self.call("plan", "--list", "default.yaml")
            for bound, step in (("minimum", -1), ("maximum", 1), ("above", 0), ("below", 0)):
                if bound in each:
                    wrong = each[bound] + step
                    self.write("wrong.yaml", f"method: grid\nparameters: {{{each['name']}: {wrong}}}\n")
                    _, err = self.call("plan", "--list", "wrong.yaml", code=65)
                    self.assertIn(each["name"], err)

    def test_where_a_parameter_applies(self):
        out, _ = self.call("parameters", "nesterov", "states")
        self.assertIn("  applies  with optimizer rmsprop or sgd\n           and momentum above 0\n",
                      out)
        self.assertIn("\nstates: ", out)
        out, _ = self.call("parameters", "batch_size")
        self.assertIn("batch_size is at most train_samples", out)
        beta1, = json.loads(self.call("parameters", "beta1", "--json")[0])["parameters"]
        self.assertEqual(beta1["applies"], [{"parameter": "optimizer", "values": ["adam"]}])
        text, _ = self.call("parameters", "check_interval")
        self.assertIn("  applies  with validation_samples above 0\n           or stop_loss\n", text)
        found = json.loads(self.call("parameters", "check_interval", "--json")[0])["parameters"][0]
        self.assertEqual(found["applies"][0]["any"][0], {"parameter": "validation_samples", "above": 0})
        self.assertEqual(found["applies"][0]["any"][3], {"parameter": "patience", "not": None})
        self.assertEqual((beta1["minimum"], beta1["below"], beta1["default"]), (0, 1, 0.9))

    def test_keys_beside_the_parameters(self):
        keys = {each["name"]: each["meaning"] for each in json.loads(self.call("parameters", "--json")[0])["keys"]}
        schema = json.loads(self.call("schema")[0])["properties"]
        foreign = {"program", "command", "project", "entity", "controller", "job", "image_uri", "scheduler",
                   "apiVersion", "kind"}  # of W&B
        self.assertEqual(set(keys), set(schema) - foreign)
        table, _ = self.call("parameters")
        for key, meaning in keys.items():
            self.assertIn(f"\n{key:20}{meaning}\n", table)
            self.assertTrue(self.call("parameters", key)[0].startswith(f"{key}: {meaning}\n"))
            if "description" in schema[key]:
                self.assertEqual(schema[key]["description"], meaning)
        found = json.loads(self.call("parameters", "seeds", "lambda", "--json")[0])
        self.assertEqual(([each["name"] for each in found["parameters"]], [each["name"] for each in found["keys"]]),
                         (["lambda"], ["seeds"]))

    def test_it_applies_where_the_sweep_reader_says(self):
        """A setting that decides nothing gets a note of `plan`, and only there."""
        parameters = {each["name"]: each for each in json.loads(self.call("parameters", "--json")[0])["parameters"]}

        def another(name, among):
            """A value in the list, or one outside it."""
            each = parameters[name]
            values = each.get("choices") or [False, True]
            return next(value for value in values if (value in among[0]) == among[1])

        def setting(scope, holds):
            of = scope["parameter"]
            if "values" in scope:
                return {of: another(of, (scope["values"], holds))}
            if "above" in scope:
                return {of: parameters[of]["default"] or 5} if holds else {of: 0}
            return {of: 0.25} if holds else {}

        def plan(name, *settings):
            each = parameters[name]
            value = {"choice": lambda: each["choices"][-1], "flag": lambda: not each["default"],
                     "real": lambda: 0.25, "seed": lambda: 7, "whole": lambda: (each["default"] or 10) - 2 + (
                         each["default"] is not None and each["default"] < 5)}[each["kind"]]()
            given = {key: value for one in settings for key, value in one.items()}
            self.write("applies.yaml", "method: grid\nparameters: " + json.dumps({**given, name: value}) + "\n")
            return f"{name} decides nothing here" in self.call("plan", "--list", "applies.yaml")[1]

        scoped = [each for each in parameters.values() if each["applies"]]
        self.assertGreater(len(scoped), 20)
        for each in scoped:
            name = each["name"]
            scopes = [(scope["any"] if "any" in scope else [scope]) for scope in each["applies"]]
            whole = [setting(scope[0], True) for scope in scopes]
            self.assertFalse(plan(name, *whole), name)
            for i, scope in enumerate(scopes):
                if scope[0].get("values") == parameters["task"]["choices"]:
                    continue  # only a data file is outside
                broken = [setting(one, False) for one in scope]
                self.assertTrue(plan(name, *whole[:i], *whole[i + 1:], *broken), (name, scope))

    def test_where_it_applies_is_said_in_few_words(self):
        for name, said in (("shuffle", "fresh_data false"), ("readout", "any task but addition"),
                           ("data_seed", "any built-in task"), ("leak", "cell tanh or relu"),
                           ("shortest_length", "any built-in task but addition or copy_memory or counting")):
            self.assertIn(f"\n  applies  with {said}\n", self.call("parameters", name)[0])
        readout, = json.loads(self.call("parameters", "readout", "--json")[0])["parameters"]
        self.assertTrue(readout["applies"][0]["data_files"])
        seed, = json.loads(self.call("parameters", "data_seed", "--json")[0])["parameters"]
        self.assertFalse(seed["applies"][0]["data_files"])

    def test_names_of_other_tools_in_a_sweep(self):
        self.write("s.yaml", "method: grid\nparameters: {states: 3}\n")
        for override, hint in (("lr=0.1", "rnnsweep calls it 'learning_rate'"),
                               ("Hidden-Size=3", "rnnsweep calls it 'states'"),
                               ("num_layers=2", "every network has one recurrent layer"),
                               ("cell=LSTM", "did you mean 'lstm'?"), ("cell=RNN", "a plain recurrent network*"),
                               ("optimizer=AdamW", "adam with weight_decay is AdamW"),
                               ("learning-rate=1", "did you mean 'learning_rate'?")):
            _, err = self.call("plan", "s.yaml", override, code=65)
            self.assertMatches(err.splitlines()[3], f"      hint: {hint}")

    def test_names_of_other_tools(self):
        self.refuse(64, "'lr' is no parameter: rnnsweep calls it 'learning_rate'",
                    "parameters", "lr")
        self.refuse(64, "'Hidden-Size' is no parameter: rnnsweep calls it 'states'",
                    "parameters", "Hidden-Size")
        self.refuse(64, "'stats' is no parameter; did you mean states? See `rnnsweep parameters`",
                    "parameters", "stats")
        self.refuse(64, "'zzz' is no parameter; see `rnnsweep parameters`", "parameters", "zzz")


class Help(ProgramTest):
    def test_help_command_prints_what_the_option_prints(self):
        self.assertEqual(self.call("help"), self.call("--help"))
        for command in commands(self.call("help")[0]):
            self.assertEqual(self.call("help", command), self.call(command, "--help"))
        self.refuse(64, "unknown command 'rum'; did you mean run? *", "help", "rum")
        self.refuse(64, "unknown command 'rum'; did you mean run? *", "help", "--man", "rum")

    def test_habits_from_other_programs(self):
        for option, hint in (("--dry-run", "`rnnsweep plan` shows what would be trained"),
                             ("--jobs", "--threads is the number of threads"),
                             ("--workers", "--threads is the number of threads"),
                             ("--overwrite", "--fresh moves an existing file aside")):
            self.refuse(64, f"unknown option {option}: {hint}", "run", "s.yaml", option)
        self.refuse(64, "unknown option --jobs; see `rnnsweep show --help`",
                    "show", "x.h5", "0", "--jobs")


class Manual(ProgramTest):
    def test_pages_have_no_warnings_and_hold_every_option(self):
        names = commands(self.call("help")[0])
        pages = {"rnnsweep": self.call("help", "--man")[0]}
        for name in names:
            pages[f"rnnsweep-{name}"] = self.call("help", "--man", name)[0]
        for name, page in pages.items():
            done = subprocess.run(["groff", "-man", "-ww", "-Tascii", "-P-cbou", "-rLL=200n"],
                                  input=page, capture_output=True, text=True, check=True)
            self.assertEqual(done.stderr, "", name)
            for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "SEE ALSO"):
                self.assertIn(f"\n{section}\n", "\n" + done.stdout, name)
            if name == "rnnsweep":
                for command in names:
                    self.assertIn(f"rnnsweep-{command}(1)", done.stdout)
                continue
            help_page, _ = self.call(name.partition("-")[2], "--help")
            options = re.findall(r"(?m)^  (?:-\w, |    )--(\S+)", help_page)
            self.assertIn("help", options)
            for option in options:
                self.assertIn(f"--{option}", done.stdout, name)
            for line in help_page.partition("\nExamples:\n")[2].splitlines():
                self.assertIn(line.strip(), done.stdout, name)


if __name__ == "__main__":
    unittest.main()
