"""Architectures behind one registry. Importing the package fills the registry and touches no network."""

from core.models import classic, dense, mobile, plain, residual, xception

__all__ = ["classic", "dense", "mobile", "plain", "residual", "xception"]
