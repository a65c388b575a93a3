"""A command as a person or a program calls it."""

from typer.testing import CliRunner

from core.__main__ import app


def call(*arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == status, result.output + repr(result.exception)
    return result.stdout
