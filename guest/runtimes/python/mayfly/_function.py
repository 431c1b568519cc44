"""Finds a function's handler, and makes the contexts it is called with."""

import importlib
import os
import sys
import time

from mayfly._errors import LoadError

_NO_DEADLINE_MS = 2**31 - 1


class Context:
    """The second argument of a handler. What is the same in every call lies in a subclass."""

    function_version = "$LATEST"
    invoked_function_arn = None
    client_context = None
    identity = None

    def __init__(self, request, deadline_ns):
        self._request = request
        self._deadline_ns = deadline_ns

    @property
    def aws_request_id(self):
        return self._request.partition(b"\0")[0].decode("ascii", "replace")

    def get_remaining_time_in_millis(self):
        if self._deadline_ns == 0:
            return _NO_DEADLINE_MS
        return max(0, (self._deadline_ns - time.monotonic_ns()) // 1_000_000)

    def __repr__(self):
        return f"Context(function_name={self.function_name!r}, aws_request_id={self.aws_request_id!r})"


def load(settings):
    """Imports the module that `settings` (the payload of a load event) names."""
    name = settings["function_name"]
    task_root = settings.get("task_root", "/var/task")
    log_stream = settings.get("log_stream_name", "")
    context_class = type(
        "Context",
        (Context,),
        {
            "function_name": name,
            "memory_limit_in_mb": settings["memory_limit_in_mb"],
            "log_group_name": f"/mayfly/{name}",
            "log_stream_name": log_stream,
        },
    )
    os.environ.update(
        {
            "_HANDLER": settings["handler"],
            "LAMBDA_TASK_ROOT": task_root,
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": Context.function_version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings["memory_limit_in_mb"]),
            "AWS_LAMBDA_LOG_GROUP_NAME": context_class.log_group_name,
            "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        }
    )
    os.environ.update(settings.get("environment", {}))
    time.tzset()  # TZ may be among them

    sys.path.insert(0, task_root)
    os.chdir(task_root)
    importlib.invalidate_caches()
    return _find(settings["handler"]), context_class


def _find(handler):
    module_name, _, attribute = handler.replace("/", ".").rpartition(".")
    if not module_name or not attribute:
        raise LoadError(
            "Runtime.MalformedHandlerName",
            f"The handler '{handler}' should be MODULE.FUNCTION, as in app.handler",
        )
    module = _import(module_name)
    if not hasattr(module, attribute):
        raise LoadError("Runtime.HandlerNotFound", f"Handler '{attribute}' missing on module '{module_name}'")
    function = getattr(module, attribute)
    if not callable(function):
        raise LoadError("Runtime.HandlerNotFound", f"'{attribute}' of module '{module_name}' is not a function")
    return function


def _import(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise LoadError("Runtime.ImportModuleError", f"Unable to import module '{name}': {error}") from error
    except SyntaxError as error:
        raise LoadError("Runtime.UserCodeSyntaxError", f"Syntax error in module '{name}': {error}") from error
