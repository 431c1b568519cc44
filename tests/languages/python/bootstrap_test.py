"""The Python bootstrap against a fake invoke device: what a function author can rely on."""

import json
import os
import re
import textwrap
import time
import unittest

from fake_device import FUNCTION_ERROR, INIT_ERROR, INVOKE, PRACTISE, SUCCESS, Runtime


def code(text):
    return textwrap.dedent(text)


class Replies(unittest.TestCase):
    def test_returns_what_the_handler_returns(self):
        with Runtime("def handler(event, context): return {'hello': event['name'], 'n': [1, 2.5, None]}") as runtime:
            loaded = runtime.load()
            reply = runtime.invoke({"name": "x"})

        self.assertEqual(loaded.status, SUCCESS)
        self.assertEqual(reply.status, SUCCESS)
        self.assertEqual(reply.json(), {"hello": "x", "n": [1, 2.5, None]})

    def test_encodes_as_json_dumps_does(self):
        value = {"a": [1, 1.5, True, None, "\u00e9\n\""], "1": {}, "b": []}
        with Runtime("def handler(event, context): return event") as runtime:
            runtime.load()
            reply = runtime.invoke(value)

        self.assertEqual(reply.payload.decode(), json.dumps(value))

    def test_keys_that_are_not_strings_are_converted(self):
        with Runtime("def handler(event, context): return {1: 'a', None: 'b', True: 'c'}") as runtime:
            runtime.load()
            reply = runtime.invoke(None)

        self.assertEqual(reply.json(), {"1": "c", "null": "b"})

    def test_events_larger_than_one_read(self):
        event = {"text": "x" * 5_000_000}
        with Runtime("def handler(event, context): return len(event['text'])") as runtime:
            runtime.load()
            replies = [runtime.invoke(event).json(), runtime.invoke({"text": "abc"}).json()]

        self.assertEqual(replies, [5_000_000, 3])

    def test_white_space_around_an_event(self):
        with Runtime("def handler(event, context): return event") as runtime:
            runtime.load()
            replies = [runtime.invoke(text).json() for text in (b' \n{"a": 1}\n ', b" 7 ", b"null\n")]

        self.assertEqual(replies, [{"a": 1}, 7, None])

    def test_an_empty_event_is_an_empty_object(self):
        with Runtime("def handler(event, context): return event") as runtime:
            runtime.load()
            reply = runtime.invoke(b"")

        self.assertEqual(reply.json(), {})

    def test_state_is_kept_between_events(self):
        with Runtime("seen = []\ndef handler(event, context):\n seen.append(event)\n return seen") as runtime:
            runtime.load()
            runtime.invoke(1)
            reply = runtime.invoke(2)

        self.assertEqual(reply.json(), [1, 2])

    def test_a_reply_that_the_device_refuses_is_an_error_and_the_next_event_is_answered(self):
        with Runtime("def handler(event, context): return 'x' * event", reply_limit=64 * 1024) as runtime:
            runtime.load()
            big = runtime.invoke(1_000_000)
            small = runtime.invoke(3)

        self.assertEqual((big.status, big.json()["errorType"]), (FUNCTION_ERROR, "Function.ResponseSizeTooLarge"))
        self.assertIn("1000002", big.json()["errorMessage"])
        self.assertEqual(small.json(), "xxx")


class Practice(unittest.TestCase):
    def test_all_of_it_works_and_a_function_finds_no_trace(self):
        source = """
            import linecache, sys
            def handler(event, context):
                return [name for name in ("random", "uuid", "secrets") if name in sys.modules] + list(linecache.cache)
        """
        with Runtime(code(source)) as runtime:
            runtime.send(PRACTISE, b"{}", request_id="practice-1")
            practice = runtime.receive()
            runtime.load()
            reply = runtime.invoke({})
            logs = runtime.logs()

        self.assertEqual(practice.status, SUCCESS, practice.payload)
        self.assertEqual(practice.json()["request"], "practice-1")
        self.assertIn("KeyError", logs)
        self.assertEqual(reply.json(), [])


class Contexts(unittest.TestCase):
    def test_what_a_context_tells(self):
        source = """
            def handler(event, context):
                return [context.function_name, context.function_version, context.invoked_function_arn,
                        context.aws_request_id, context.memory_limit_in_mb, context.log_stream_name,
                        context.log_group_name]
        """
        with Runtime(code(source)) as runtime:
            runtime.load()
            reply = runtime.invoke({}, request_id="8d3c-17")

        self.assertEqual(reply.json(), ["example", "$LATEST", None, "8d3c-17", 128, "stream-1", "/mayfly/example"])

    def test_remaining_time_counts_down_from_the_deadline(self):
        source = """
            import time
            def handler(event, context):
                first = context.get_remaining_time_in_millis()
                time.sleep(0.05)
                return [first, context.get_remaining_time_in_millis()]
        """
        with Runtime(code(source)) as runtime:
            runtime.load()
            first, second = runtime.invoke({}, timeout_ms=3000).json()

        self.assertTrue(2000 < first <= 3000, first)
        self.assertTrue(40 <= first - second < 1000, (first, second))

    def test_remaining_time_is_never_negative(self):
        source = """
            import time
            def handler(event, context):
                time.sleep(0.01)
                return context.get_remaining_time_in_millis()
        """
        with Runtime(code(source)) as runtime:
            runtime.load()
            reply = runtime.invoke({}, timeout_ms=1)

        self.assertEqual(reply.json(), 0)

    def test_environment_and_working_folder(self):
        source = """
            import os
            seen_at_import = os.environ["STAGE"]
            def handler(event, context):
                return [seen_at_import, os.environ["STAGE"], os.environ["AWS_LAMBDA_FUNCTION_NAME"],
                        os.getcwd() == os.environ["LAMBDA_TASK_ROOT"], "MAYFLY_INVOKE_FD" in os.environ]
        """
        with Runtime(code(source)) as runtime:
            runtime.load(environment={"STAGE": "test"})
            reply = runtime.invoke({})

        self.assertEqual(reply.json(), ["test", "test", "example", True, False])

    def test_time_zone_from_the_environment(self):
        source = "import time\ndef handler(event, context): return time.localtime(0).tm_hour"
        with Runtime(source) as runtime:
            runtime.load(environment={"TZ": "EST5"})
            reply = runtime.invoke({})

        self.assertEqual(reply.json(), 19)


class Loading(unittest.TestCase):
    def failure(self, source, handler="app.handler"):
        with Runtime(source) as runtime:
            reply = runtime.load(handler)
            logs = runtime.logs()
        self.assertEqual(reply.status, INIT_ERROR)
        return reply.json(), logs

    def test_handler_in_a_package(self):
        files = {"pkg/__init__.py": "", "pkg/sub.py": "from pkg.other import f as handler", "pkg/other.py": "def f(e, c): return 'deep'"}
        for handler in ("pkg.sub.handler", "pkg/sub.handler"):
            with self.subTest(handler), Runtime(files) as runtime:
                runtime.load(handler)
                self.assertEqual(runtime.invoke({}).json(), "deep")

    def test_missing_module(self):
        error, _ = self.failure("", "missing.handler")

        self.assertEqual(error["errorType"], "Runtime.ImportModuleError")
        self.assertEqual(error["errorMessage"], "Unable to import module 'missing': No module named 'missing'")

    def test_missing_handler(self):
        error, _ = self.failure("x = 1", "app.nothing")

        self.assertEqual(error["errorType"], "Runtime.HandlerNotFound")
        self.assertEqual(error["errorMessage"], "Handler 'nothing' missing on module 'app'")

    def test_handler_that_is_no_function(self):
        error, _ = self.failure("handler = 1")

        self.assertEqual(error["errorType"], "Runtime.HandlerNotFound")

    def test_malformed_handler_name(self):
        for name in ("handler", "", "app.", ".handler"):
            with self.subTest(name):
                self.assertEqual(self.failure("", name)[0]["errorType"], "Runtime.MalformedHandlerName")

    def test_import_error_shows_the_trace(self):
        error, logs = self.failure("def f():\n    import not_there\nf()\n")

        self.assertEqual(error["errorType"], "Runtime.ImportModuleError")
        self.assertIn("not_there", error["errorMessage"])
        self.assertTrue(any("import not_there" in line for line in error["stackTrace"]), error["stackTrace"])
        self.assertIn("Traceback (most recent call last)", logs)
        self.assertNotIn("bootstrap.py", "".join(error["stackTrace"]))

    def test_syntax_error_shows_the_line(self):
        error, _ = self.failure("def handler(:\n    pass\n")

        self.assertEqual(error["errorType"], "Runtime.UserCodeSyntaxError")
        self.assertIn("def handler(:", "".join(error["stackTrace"]))

    def test_exception_at_import(self):
        error, _ = self.failure("1 / 0")

        self.assertEqual(error["errorType"], "ZeroDivisionError")
        self.assertEqual(error["errorMessage"], "division by zero")

    def test_exit_at_import(self):
        error, _ = self.failure("import sys; sys.exit(3)")

        self.assertEqual(error["errorType"], "Runtime.ExitError")

    def test_exception_in_a_before_snapshot_hook(self):
        error, _ = self.failure("import mayfly\n@mayfly.before_snapshot\ndef f(): raise ValueError('no')\ndef handler(e, c): pass")

        self.assertEqual((error["errorType"], error["errorMessage"]), ("ValueError", "no"))

    def test_event_before_any_function(self):
        with Runtime("") as runtime:
            reply = runtime.invoke({})

        self.assertEqual((reply.status, reply.json()["errorType"]), (FUNCTION_ERROR, "Runtime.NotLoaded"))


class Errors(unittest.TestCase):
    def error(self, body, event=None):
        """The error of a handler, which also must leave the next event answered."""
        source = "import sys\ndef handler(event, context):\n if event == 'ok': return 'ok'\n" + textwrap.indent(code(body), " ")
        with Runtime(source) as runtime:
            runtime.load()
            reply = runtime.invoke(event, request_id="id-7")
            self.logs = runtime.logs()
            self.assertEqual(runtime.invoke("ok").json(), "ok")
        self.assertEqual(reply.status, FUNCTION_ERROR)
        return reply.json()

    def test_exception(self):
        error = self.error("raise KeyError('gone')")

        self.assertEqual(set(error), {"errorMessage", "errorType", "requestId", "stackTrace"})
        self.assertEqual((error["errorType"], error["errorMessage"]), ("KeyError", "'gone'"))
        self.assertEqual(error["requestId"], "id-7")
        self.assertEqual(len(error["stackTrace"]), 1)
        self.assertRegex(error["stackTrace"][0], r'File ".*/app.py", line 4, in handler\n +raise KeyError')
        self.assertIn("[ERROR] KeyError: 'gone'\nTraceback", self.logs)

    def test_exit(self):
        error = self.error("sys.exit(3)")

        self.assertEqual(error["errorType"], "Runtime.ExitError")
        self.assertIn("sys.exit(3)", error["errorMessage"])

    def test_keyboard_interrupt(self):
        self.assertEqual(self.error("raise KeyboardInterrupt")["errorType"], "KeyboardInterrupt")

    def test_endless_recursion(self):
        self.assertEqual(self.error("return handler(event, context)")["errorType"], "RecursionError")

    def test_out_of_memory(self):
        self.assertEqual(self.error("return len(bytearray(1 << 60))")["errorType"], "MemoryError")

    def test_return_value_that_is_not_json(self):
        for value in ("{1, 2}", "b'x'", "object()", "float('nan')", "{(1,): 2}"):
            with self.subTest(value):
                self.assertEqual(self.error(f"return {value}")["errorType"], "Runtime.MarshalError")

    def test_circular_return_value(self):
        self.assertEqual(self.error("x = []\nx.append(x)\nreturn x")["errorType"], "Runtime.MarshalError")

    def test_event_that_is_not_json(self):
        for event in (b"{", b"{} {}", b"\xff", b"hello", b"[" * 100_000):
            with self.subTest(event[:10]):
                self.assertEqual(self.error("return 1", event)["errorType"], "Runtime.UnmarshalError")

    def test_exception_whose_str_raises(self):
        body = """
            class Bad(Exception):
                def __str__(self): raise ValueError
            raise Bad
        """
        self.assertEqual(self.error(body)["errorType"], "Bad")

    def test_huge_message_is_cut(self):
        error = self.error("raise ValueError('x' * 10_000_000)")

        self.assertLess(len(error["errorMessage"]), 1 << 20)

    def test_handler_with_wrong_arguments(self):
        with Runtime("def handler(): return 1") as runtime:
            runtime.load()
            reply = runtime.invoke({})

        self.assertEqual((reply.status, reply.json()["errorType"]), (FUNCTION_ERROR, "TypeError"))


class Logs(unittest.TestCase):
    def test_order_of_all_streams(self):
        source = """
            import logging, sys
            def handler(event, context):
                print("one", end=" ")
                print("two", file=sys.stderr)
                logging.error("three %d", 3)
                sys.stdout.write("four")
                sys.stdout.buffer.write(b"five")
        """
        with Runtime(code(source)) as runtime:
            runtime.load()
            runtime.invoke({}, request_id="id-3")
            logs = runtime.logs()

        time_of_day = re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", logs).group()
        self.assertEqual(logs, f"one two\n[ERROR]\t{time_of_day}\tid-3\tthree 3\nfourfive")

    def test_what_was_printed_before_a_hard_exit(self):
        with Runtime("import os\ndef handler(event, context):\n print('last words', end='')\n os._exit(3)") as runtime:
            runtime.load()
            runtime.send(INVOKE, b"{}")
            status = runtime.process.wait(10)
            logs = runtime.logs()

        self.assertEqual((status, logs), (3, "last words"))

    def test_characters_that_utf8_lacks(self):
        with Runtime("def handler(event, context): print('\\udcff \\u00e9')") as runtime:
            runtime.load()
            self.assertEqual(runtime.invoke({}).status, SUCCESS)
            self.assertEqual(runtime.logs(), "\\udcff \u00e9\n")

    def test_logging_level_is_the_functions(self):
        source = """
            import logging
            logging.getLogger().setLevel(logging.INFO)
            def handler(event, context): logging.info("info"); logging.debug("debug")
        """
        with Runtime(code(source)) as runtime:
            runtime.load()
            runtime.invoke({})
            logs = runtime.logs()

        self.assertIn("[INFO]\t", logs)
        self.assertNotIn("debug", logs)


class Hooks(unittest.TestCase):
    SOURCE = code("""
        import mayfly
        calls = []
        @mayfly.before_snapshot
        def a(): calls.append("a")
        @mayfly.before_snapshot
        def b(): calls.append("b")
        @mayfly.after_restore
        def c(): calls.append("c")
        @mayfly.after_restore
        def d(): calls.append("d")
        def handler(event, context): return calls
    """)

    def test_order(self):
        with Runtime(self.SOURCE) as runtime:
            runtime.load()
            first = runtime.invoke({}).json()
            second = runtime.invoke({}).json()

        self.assertEqual(first, ["b", "a", "c", "d"])
        self.assertEqual(second, ["b", "a", "c", "d", "c", "d"])

    def test_exception_after_restore_is_a_function_error(self):
        with Runtime("import mayfly\n@mayfly.after_restore\ndef f(): 1/0\ndef handler(e, c): return 1") as runtime:
            runtime.load()
            reply = runtime.invoke({})

        self.assertEqual((reply.status, reply.json()["errorType"]), (FUNCTION_ERROR, "ZeroDivisionError"))


class Clones(unittest.TestCase):
    """Two clones of a snapshot have the same state of every generator when an event comes in. Here a
    resume is a new generation, and the clone is a saved state that is put back before it."""

    def values(self, imports, save, restore, draw):
        """What `draw` gives after each of three resumes of one state."""
        source = f"""
            {imports}
            import mayfly
            saved = None
            def handler(event, context):
                global saved
                if event == "save":
                    saved = {save}
                elif event == "restore":
                    {restore}
                else:
                    return {draw}
        """
        with Runtime(code(source)) as runtime:
            self.assertEqual(runtime.load().status, SUCCESS)
            runtime.invoke("save")
            values = []
            for _ in range(3):
                runtime.invoke("restore")
                reply = runtime.invoke("draw")
                self.assertEqual(reply.status, SUCCESS, reply.payload)
                values.append(json.dumps(reply.json()))
        return values

    def test_random(self):
        values = self.values("import random", "random.getstate()", "random.setstate(saved)",
                             "[random.random(), random.gauss(0, 1)]")
        self.assertEqual(len(set(values)), 3)

    def test_random_by_names_bound_at_import(self):
        values = self.values("import random; from random import randint, getrandbits", "random.getstate()",
                             "random.setstate(saved)", "[randint(0, 10**9), getrandbits(64)]")
        self.assertEqual(len(set(values)), 3)

    def test_random_keeps_no_second_gauss(self):
        values = self.values("import random", "random.gauss(0, 1)", "random.seed(1); random.gauss(0, 1)", "random.gauss(0, 1)")
        self.assertEqual(len(set(values)), 3)

    def test_random_imported_inside_the_handler(self):
        with Runtime("def handler(event, context):\n import random\n return random.random()") as runtime:
            runtime.load()
            first = runtime.invoke({}).json()
        with Runtime("def handler(event, context):\n import random\n return random.random()") as runtime:
            runtime.load()
            second = runtime.invoke({}).json()
        self.assertNotEqual(first, second)

    def test_random_of_statistics(self):
        values = self.values("import statistics, random", "random.getstate()", "random.setstate(saved)",
                             "statistics.NormalDist().samples(2)")
        self.assertEqual(len(set(values)), 3)

    def test_uuid1(self):
        values = self.values("import uuid", "uuid._last_timestamp, uuid._node",
                             "uuid._last_timestamp, uuid._node = saved", "[uuid.uuid1().node, uuid.uuid1().hex]")
        nodes = {json.loads(value)[0] for value in values}
        self.assertEqual(len(nodes), 3)
        self.assertTrue(all(node >> 40 & 1 for node in nodes))

    def test_names_of_temporary_files(self):
        values = self.values("import tempfile", "[tempfile.mktemp(), tempfile._name_sequence._rng.getstate()][1]",
                             "tempfile._get_candidate_names()._rng.setstate(saved)", "tempfile.mktemp()")
        self.assertEqual(len(set(values)), 3)

    def test_numpy(self):
        try:
            import numpy  # noqa: F401
        except ImportError:
            self.skipTest("numpy is not installed on the host")
        values = self.values("import numpy", "numpy.random.get_state()", "numpy.random.set_state(saved)",
                             "[numpy.random.rand(), int(numpy.random.randint(10**9))]")
        self.assertEqual(len(set(values)), 3)


class Generations(unittest.TestCase):
    def test_a_generator_is_renewed_only_when_the_generation_changes(self):
        source = "import random\ndef handler(event, context): return hash(random.getstate())"
        with Runtime(source) as runtime:
            runtime.load()
            states = [runtime.invoke({}, generation=number).json() for number in (9, 9, 10)]

        self.assertEqual(states[0], states[1])
        self.assertNotEqual(states[1], states[2])

    def test_the_state_at_import_is_not_what_the_first_event_sees(self):
        source = "import random\nrandom.seed(5)\nstate = random.getstate()\ndef handler(event, context): return random.getstate() == state"
        with Runtime(source) as runtime:
            runtime.load()
            self.assertFalse(runtime.invoke({}).json())

    def test_openssl_is_given_new_entropy_at_every_resume(self):
        source = """
            import ssl, _ssl
            given, real = [], _ssl.RAND_add
            def noted(data, entropy):
                given.append(data.hex())
                real(data, entropy)
            _ssl.RAND_add = noted
            def handler(event, context): return given
        """
        with Runtime(code(source)) as runtime:
            runtime.load()
            first = runtime.invoke({}).json()
            second = runtime.invoke({}).json()

        self.assertEqual(len(second), len(first) + 1)
        self.assertEqual((len(set(second)), len(second[-1])), (len(second), 64))

    def test_sqlite_goes_on_after_its_generator_was_reset(self):
        source = """
            import sqlite3
            database = sqlite3.connect(":memory:")
            def handler(event, context): return database.execute("select random()").fetchone()[0]
        """
        with Runtime(code(source)) as runtime:
            runtime.load()
            values = {runtime.invoke({}).json() for _ in range(5)}

        self.assertEqual(len(values), 5)


class Module(unittest.TestCase):
    def test_deferred_modules_look_like_any_other(self):
        source = """
            import importlib, sys
            hidden = [name in sys.modules for name in ("random", "secrets", "tempfile")]
            import random, secrets, tempfile
            def handler(event, context):
                modules = (random, secrets, tempfile)
                return [hidden, [m.__spec__.name for m in modules], [m is sys.modules[m.__name__] for m in modules],
                        all(m.__spec__.origin == m.__file__ for m in modules), importlib.reload(secrets) is secrets,
                        isinstance(random.SystemRandom(), random.Random)]
        """
        with Runtime(code(source)) as runtime:
            runtime.load()
            reply = runtime.invoke({})

        names = ["random", "secrets", "tempfile"]
        self.assertEqual(reply.json(), [[False] * 3, names, [True] * 3, True, True, True])

    def test_collections_do_not_look_at_what_was_loaded(self):
        with Runtime("import gc\nx = [[] for _ in range(1000)]\ndef handler(e, c): return gc.get_freeze_count()") as runtime:
            runtime.load()
            self.assertGreater(runtime.invoke({}).json(), 10_000)

    def test_ends_when_the_device_does(self):
        with Runtime("def handler(event, context): return 1") as runtime:
            runtime.load()
            runtime.socket.close()
            self.assertEqual(runtime.process.wait(10), 0)


if __name__ == "__main__":
    unittest.main()
