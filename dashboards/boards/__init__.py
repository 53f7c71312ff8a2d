"""The boards, one file each."""

from . import fetching, overview, relay, routing, serving, simulator, store, strategies

ALL = [
    overview.BOARD,
    fetching.BOARD,
    serving.BOARD,
    strategies.BOARD,
    relay.BOARD,
    routing.BOARD,
    store.BOARD,
    simulator.BOARD,
]
