"""The command ``receipts``: which commands there are, and how any of them ends.

Exit codes: 0 done; 1 the answer is no (mismatch, hole, dead letters); 2 wrong use
or broken configuration; 130 interrupted. Commands are named by import path, so
``receipts --help`` loads none of them.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys

from cyclopts import App, CycloptsError

from receipts.cli.version import installed
from receipts.domain.errors import ReceiptError

DONE = 0
NO = 1
WRONG_USE = 2
INTERRUPTED = 130


def installed_version() -> str:
    """Name and version of the distribution that brought this command."""
    service = installed()
    return "not installed" if service is None else f"{service.name} {service.version}"


app = App(
    name="receipts",
    help="Issue legal documents for events, and prove them.",
    version=installed_version,
    help_format="plaintext",
)
dead_letters = App(name="dead-letters", help="Inputs that could not be issued, and why.")
pack = App(name="pack", help="The country packs: rules, phrases, golden cases.")
config = App(name="config", help="The settings and where they come from.")
database = App(name="database", help="The schema of the store.")
tokens = App(name="tokens", help="The bearer tokens that open the Web API.")


def _command(parent: App, name: str, path: str, text: str, example: str) -> None:
    """Name a command by import path; its help needs no import."""
    first, _, rest = text.partition(". ")
    parts = (f"{first.rstrip('.')}.", rest, f"Example: {example}")
    help_text = "\n\n".join(part for part in parts if part)
    parent.command(f"receipts.cli.{path}", name=name, help=help_text)


_command(app, "demo", "demo:demo", "Issue sample events and serve their receipts.", "receipts demo")
_command(
    app,
    "sample",
    "sample:sample",
    "Print realistic events. One JSON object a line; the same seed gives the same events.",
    "receipts sample --count 1000 --country DE | receipts issue -",
)
_command(
    app,
    "issue",
    "issue:issue",
    "Issue documents for the events in a file. Running it again issues nothing twice. "
    "Exit code 1 when inputs became dead letters.",
    "receipts issue rides.ndjson",
)
_command(
    app,
    "list",
    "documents:list_documents",
    "List documents, the newest first.",
    "receipts list --country DE --from 2026-11-01",
)
_command(
    app,
    "show",
    "documents:show",
    "Show one document as JSON, as a page or as a PDF.",
    "receipts show EXDE-DE-S2026-0-0000001 --format pdf -o receipt.pdf",
)
_command(
    app,
    "verify",
    "proof:verify",
    "Compute documents again and compare them byte for byte. Each comes from its input record, "
    "the pack and the legal entities it was issued with. Exit code 1 when one is not genuine.",
    "receipts verify --all",
)
_command(
    app,
    "audit",
    "proof:audit",
    "Check numbers, chains and events. Numbers must be dense, chains unbroken, every event "
    "accounted for. Exit code 1 when something is not.",
    "receipts audit",
)
_command(
    app,
    "serve",
    "serve:serve",
    "Serve receipts over HTTP. Runs until interrupted.",
    "receipts serve --port 8080",
)
_command(
    app,
    "schema",
    "schema:schema",
    "Print the JSON Schema of events or documents. Their types in the code are its source.",
    "receipts schema events > events.schema.json",
)
_command(
    app,
    "completion",
    "completion:completion",
    "Print what a shell needs to complete commands and options. For bash, fish or zsh; load it "
    "where the shell starts.",
    "receipts completion bash >> ~/.bash_completion",
)
_command(
    dead_letters,
    "list",
    "dead_letters:list_dead_letters",
    "List the open ones with place and reason, the oldest first. With --counts only how many "
    "there are of each reason.",
    "receipts dead-letters list --code total_differs",
)
_command(
    dead_letters,
    "show",
    "dead_letters:show",
    "Show one with its reason and its input. Text that may be about people is hidden; --raw "
    "prints the input as it arrived.",
    "receipts dead-letters show 00-1",
)
_command(
    dead_letters,
    "replay",
    "dead_letters_replay:replay",
    "Issue dead letters again, after a pack or the configuration was put right. What is issued "
    "is closed and kept; what is refused again stays with its new reason. Exit code 1 when some "
    "stay.",
    "receipts dead-letters replay --code no_rule_for_charge",
)
_command(
    pack,
    "list",
    "pack:list_packs",
    "List the packs, with the rows whose source was not seen.",
    "receipts pack list",
)
_command(
    pack,
    "new",
    "pack_new:new",
    "Start a country pack of your own. It issues rides at once; what CLDR does not know is "
    "marked, and production refuses its rows until their sources were seen.",
    "receipts pack new US-IL",
)
_command(
    pack,
    "check",
    "pack_check:check",
    "Check one pack or all, with file and line. Its files: schema, rows that overlap, rows that "
    "end without a successor, charges without a row. Its golden cases: they hold, reach every row "
    "and notice a change of any value, and their files say what the law demands; --quick leaves "
    "these out. Rows whose source was not seen are listed besides. Exit code 1 when there are "
    "findings.",
    "receipts pack check DE",
)
_command(
    pack,
    "explain",
    "pack_explain:explain_event",
    "Explain the documents that an event would lead to. Names the row and source of every "
    "decision; stores nothing. Exit code 1 when the event is refused.",
    "receipts pack explain ride.json",
)
_command(
    config,
    "show",
    "config:show",
    "Show every setting, its value and its source. Secrets come masked.",
    "receipts config show",
)
_command(
    config,
    "explain",
    "config:explain",
    "Explain one setting. What it is for, its value, which source set it, how to change it.",
    "receipts config explain store.url",
)
_command(
    config,
    "check",
    "config_check:check",
    "Check settings, legal entities and packs. Tells every problem at once, with file and line; "
    "opens no store. Exit code 1 when there are problems.",
    "receipts config check",
)
_command(
    config,
    "schema",
    "config:schema",
    "Print the JSON Schema of a config file. Editors complete and check settings with it.",
    "receipts config schema > config/schema.json",
)
_command(
    app,
    "link",
    "link:link",
    "Print a link by which a customer reads one receipt. It needs no token, opens the receipt in "
    "every language and form, and expires.",
    "receipts link EXDE-DE-S2026-0-0000001 --days 30",
)
_command(
    database,
    "check",
    "database:check",
    "Say whether the store can be used by this version. Exit code 1 when it cannot.",
    "receipts database check",
)
_command(
    database,
    "upgrade",
    "database:upgrade",
    "Bring the schema of every shard to what this version needs. In production nothing else does.",
    "receipts database upgrade",
)
_command(
    tokens,
    "new",
    "tokens:new",
    "Make a token and print it, once. Only its SHA-256 is kept.",
    "receipts tokens new accounting --scope receipts:read --days 90",
)
_command(
    tokens,
    "list",
    "tokens:list_tokens",
    "List the tokens with their scopes, and whether they are in force.",
    "receipts tokens list",
)
_command(
    tokens,
    "revoke",
    "tokens:revoke",
    "Let a token open nothing from now on. Running servers see it within a second.",
    "receipts tokens revoke accounting",
)
app.command(dead_letters)
app.command(pack)
app.command(config)
app.command(database)
app.command(tokens)


def main() -> None:
    """Run the command line and exit."""
    show_stacks_on_signal()
    sys.exit(run(sys.argv[1:]))


def show_stacks_on_signal() -> None:
    """Let SIGUSR1 write what every thread is doing to standard error; the command goes on."""
    # Windows lacks the signal. The handler is C: it answers even while Python code hangs.
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, all_threads=True)


def run(arguments: list[str]) -> int:
    """Run one command; answers with its exit code and never with a traceback for bad use."""
    if arguments == ["--version"]:
        # Cyclopts would load rich, in 45 ms, to print this line.
        print(installed_version())
        return DONE
    try:
        code = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
    except CycloptsError as error:
        print(f"receipts: {error}", file=sys.stderr)
        print("See: receipts --help", file=sys.stderr)
        return WRONG_USE
    except ReceiptError as error:
        print(f"receipts: {error}", file=sys.stderr)
        return WRONG_USE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, `head` for instance, has seen enough; nothing more can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return code if isinstance(code, int) else DONE


# Debuggers and profilers start a module: the script's path differs between machines.
if __name__ == "__main__":
    main()
