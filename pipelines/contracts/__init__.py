"""What each stage promises, as pandera schemas: one module per publisher, one for the marts.

`base.py` holds the vocabulary (a field, a contract, what a contract finds); the other modules only
declare.
"""
