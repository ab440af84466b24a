"""A system of training steps: what is checked before it trains, one fold of it, and what it tells other stages."""

from sb_contrastive.systems.system.system import System

__all__ = ["System"]
