"""Progressive delivery: steps, evidence at every look, promotion by proof, a way back by itself.

`policy` is what a person or a plan decides in advance, `judge` turns counts into evidence, `state`
decides (pure), `record` remembers, `sources` and `routers` speak with the world, `loop` joins them.
"""
