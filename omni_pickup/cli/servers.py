"""`omni serve | web | worker`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click

from omni_pickup import instance_files, upgrades
from omni_pickup.addresses import DEFAULT_PORT, Address, check_free, public_url
from omni_pickup.cli.samples import demo_settings, load_samples
from omni_pickup.cli.settings import checked, opened, served_settings
from omni_pickup.cli.welcomes import welcome
from omni_pickup.config import Settings, child_environment, load_settings
from omni_pickup.delivery.workers import run_worker
from omni_pickup.parents import die_with
from omni_pickup.storage import in_use
from omni_pickup.supervisor import Child, Supervisor, omni_command
from omni_pickup.web_servers import WebServer

Function = Callable[..., object]


def _address_options(function: Function) -> Function:
    path = click.Path(path_type=Path)
    for option in (
        click.option("--tls-key", type=path, help="Its private key."),
        click.option("--tls-cert", type=path, help="Certificate chain, for https without a proxy."),
        click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True),
        click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on."),
    ):
        function = option(function)
    return function


@click.command()
@_address_options
@click.option("--no-demo", is_flag=True, help="Your own, empty database instead of sample data.")
def serve(host: str, port: int, tls_cert: Path | None, tls_key: Path | None, no_demo: bool) -> int:
    """Run the whole shop on this machine: schema, web server and worker."""
    address = Address(host, port, tls_cert, tls_key)
    settings = _settings_to_serve(address, demo=not no_demo)
    check_free(address)
    _prepare(settings)
    parent = str(os.getpid())
    children = [
        Child("web", omni_command("web", *address.arguments(), "--parent", parent)),
        Child("worker", omni_command("worker", "--parent", parent)),
    ]
    supervisor = Supervisor(children, child_environment(settings), lambda words: click.echo(words, err=True))
    return supervisor.run(address, lambda: welcome(settings))


def _settings_to_serve(address: Address, *, demo: bool) -> Settings:
    """Settings of this run, with secrets and a base URL; a named database is nobody's sample."""
    given = load_settings()
    demo = demo and not given.database_url
    given = given.model_copy(update={"base_url": public_url(given, address), "demo": demo})
    if demo:
        chosen = demo_settings(given)
    else:
        instance_files.make_folder(given)
        chosen = instance_files.with_secrets(given, make=True)
    instance_files.note_serving(chosen)
    return checked(chosen)


def _prepare(settings: Settings) -> None:
    """Schema and, on the first start, sample data."""
    click.echo("Checking the database ...", err=True)
    upgrades.upgrade(settings, lambda words: click.echo(f"  {words}", err=True))
    if settings.demo:
        load_samples(settings)


@click.command()
@_address_options
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Web server processes.")
@click.option("--parent", type=int, hidden=True, help="End when this process does.")
def web(host: str, port: int, tls_cert: Path | None, tls_key: Path | None, workers: int, parent: int | None) -> None:
    """Run a web server only; many of them work together on PostgreSQL. Never migrates."""
    if parent is not None:
        die_with(parent)
    address = Address(host, port, tls_cert, tls_key)
    settings = served_settings()
    settings = checked(settings.model_copy(update={"base_url": public_url(settings, address)}))
    check_free(address)
    with opened(settings):
        click.echo(f"Listening on {address.url}", err=True)
    with in_use(settings):
        WebServer(settings, address, workers=workers).run()


@click.command()
@click.option("--parent", type=int, hidden=True, help="End when this process does.")
def worker(parent: int | None) -> None:
    """Run a worker only: messages, expiry, backups. Never migrates."""
    if parent is not None:
        die_with(parent)
    settings = served_settings()
    with in_use(settings), opened(settings) as app:
        run_worker(app)


COMMANDS = (serve, web, worker)
