"""Calls whatever the kept built-in modules have, with arguments of many kinds, so that no function of theirs looks unused."""

import builtins
import importlib
import sys

# What waits, ends the process, or takes the terminal.
NEVER = {
    "abort", "_exit", "exit", "quit", "input", "breakpoint", "sleep", "pause", "wait", "sigwait", "sigwaitinfo", "sigtimedwait", "acquire",
    "acquire_lock", "system", "popen", "posix_spawn", "posix_spawnp", "get", "put", "lock", "__enter__", "select", "poll", "fork", "forkpty", "kill", "killpg", "raise_signal", "execv", "execve", "interrupt_main", "help", "alarm",
    "setitimer", "set_wakeup_fd", "signal", "pthread_kill", "setrecursionlimit", "settrace", "setprofile", "_settraceallthreads", "_setprofileallthreads",
    "dump_traceback_later", "_sigsegv", "_sigabrt", "_sigfpe", "_sigill", "_read_null", "_stack_overflow", "_fatal_error_c_thread", "enable", "start", "stop", "set_threshold", "closerange", "close", "dup2",
    "fchdir", "chroot", "unregister", "_clear", "register", "_run_exitfuncs", "start_new_thread", "start_joinable_thread", "start_new", "_shutdown", "daemon_threads_allowed", "get_referrers", "get_objects",
    "remote_exec", "_clear_type_cache", "_clear_internal_caches", "set_int_max_str_digits", "create_builtin", "create_dynamic", "exec_dynamic", "init_frozen", "_override_multi_interp_extensions_check",
    "_override_frozen_modules_for_tests", "setswitchinterval", "set_asyncgen_hooks", "set_coroutine_origin_tracking_depth", "activate_stack_trampoline", "setdlopenflags", "_enablelegacywindowsfsencoding", "freeze", "fork1",
    "_enter_task", "_leave_task", "_swap_current_task", "displayhook", "excepthook", "unraisablehook", "truncate", "ftruncate", "posix_fallocate", "mmap", "lockf", "sendfile", "stack_size", "read", "readinto", "readline", "isatty_open_only", "waitpid", "wait3", "wait4", "posix_openpt", "_set_sentinel", "stack_effect", "getrandom", "urandom", "randbytes",
}  # fmt: skip
SAMPLES = [
    0, 7, -3, 2**70, 1.5, float("nan"), 2 + 3j, True, None, "abc déé 漢", "%d", "", b"abc", bytearray(b"xyz"), memoryview(b"abcd"), [3, 1, 2], (1, 2), {"a": 1}, {1, 2},
    frozenset((1,)), range(5), slice(1, 3), iter([1, 2]), (n for n in (1, 2)), lambda *given: 1, len, "abc".upper, int, type, Exception("x"), Ellipsis, NotImplemented, object(), sys, property(len), zip((1,), (2,)),
]  # fmt: skip
GIVEN = [
    (), (1,), ("a",), (b"ab",), ([3, 1, 2],), (1.5,), (None,), ("%s-%s", 1), (1, 2), ("a", "b"), (b"a", b"b"), ([1, 2], 1), ({"a": 1},), (len, [[1], [2]]), (2, 3, 5), ("a", 1), (b"a", 1), ("utf-8",), (1, "little"), ([2, 1], [1, 2]),
    (int, "3"), ("i", b"abcd"), ("i", 5), ("a", "b", 1), (0.5, 2), (lambda a, b=0: a, [1, 2]), (lambda a, b: a, [1, 2, 3], 1), (2026, 1, 2), (2026, 1, 2, 3, 4, 5, 6), ("2026-01-02",), (object,), (1, 1, 1, 1), ("a,b", ","), ("abc", "utf-8", "strict"), (b"abc", "utf-8", "strict"),
]  # fmt: skip
KEYWORDS = [{}, {"key": lambda found: found}, {"default": 1}, {"reverse": True}, {"encoding": "utf-8"}, {"indent": 1}]


def attempt(call, *given, **named):
    try:
        found = call(*given, **named)
    except BaseException:
        return None
    if type(found).__name__ in ("generator", "coroutine", "async_generator") and hasattr(found, "close"):
        found.close()
    return found


def members(thing):
    return [name for name in dir(thing) if name not in NEVER]


def called(call):
    """What some call gave, of each kind one."""
    found = {}
    for given in GIVEN:
        made = attempt(call, *given)
        found.setdefault(type(made), made)
    for named in KEYWORDS[1:]:
        attempt(call, [3, 1, 2], **named)
    return [made for kind, made in found.items() if kind is not type(None)]


SEEN = {type(sample) for sample in SAMPLES}


def exercise(made):
    """Every attribute of `made`, called, where it is the first of its type; and of what these give."""
    if type(made) in SEEN or isinstance(made, (type, BaseException)):
        return
    SEEN.add(type(made))
    for name in members(made):
        member = attempt(getattr, made, name)
        if callable(member):
            for other in called(member):
                exercise(other)


def sweep(modules):
    """The named built-in modules, and the types of the language itself."""
    for sample in SAMPLES:
        for name in dir(type(sample)):
            if name not in NEVER:
                called(attempt(getattr, sample, name))
    for name in ["builtins", *modules]:
        module = attempt(importlib.import_module, name)
        if module is None:
            continue
        for member in (attempt(getattr, module, each) for each in members(module)):
            if isinstance(member, type) and issubclass(member, BaseException):
                attempt(str, attempt(member, "x"))
            elif callable(member) and member not in (builtins.exit if hasattr(builtins, "exit") else None, builtins.open, builtins.exec, builtins.eval, builtins.compile):
                for made in called(member):
                    exercise(made)
        yield name
