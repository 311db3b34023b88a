"""What bench/valuation.ts measures, in numpy: `paths` or `grants`. Prints milliseconds of processor time and a mean."""

import json
import math
import sys
import time

import numpy as np

MONTHS = 48
SPOT, DEVIATION, KAPPA, SHORT, DRIFT, LONG, RHO = 2.9, 0.1, 6.0, 0.6, -0.2, 0.3, 0.1
INTENSITY, JUMP, SPREAD = 0.75, -0.1, 0.3
P = 1 - math.exp(-INTENSITY / 12)


def annuity(rate, years):
    return (1 - math.exp(-rate * years)) / rate


def paths():
    rng = np.random.Generator(np.random.SFC64(7))
    keep, short = math.exp(-KAPPA / 12), SHORT * math.sqrt(annuity(2 * KAPPA, 1 / 12))
    shared = RHO * SHORT * LONG * annuity(KAPPA, 1 / 12)
    tilt = shared / short**2
    long = math.sqrt(LONG**2 / 12 - (tilt * short) ** 2)
    total, block, blocks = 0.0, 10_000, 100
    for _ in range(blocks):
        chi, xi, sums = np.zeros(block), np.zeros(block), np.zeros(block)
        for month in range(1, MONTHS + 1):
            noise = short * rng.standard_normal(block)
            chi = keep * chi + noise
            xi += tilt * noise + long * rng.standard_normal(block)
            jumping = rng.random(block) < P
            xi[jumping] += JUMP + SPREAD * rng.standard_normal(int(jumping.sum()))
            level = math.exp(math.log(SPOT) + DEVIATION * math.expm1(-KAPPA * month / 12) + DRIFT * month / 12)
            sums += level * np.exp(chi + xi)
        total += sums.sum()
    return total / (block * blocks)


def forwards(spot):
    months = np.arange(MONTHS + 1)
    years = months / 12
    mean = math.log(spot) + DEVIATION * np.expm1(-KAPPA * years) + DRIFT * years
    variance = (
        SHORT**2 * -np.expm1(-2 * KAPPA * years) / (2 * KAPPA)
        + LONG**2 * years
        + 2 * RHO * SHORT * LONG * -np.expm1(-KAPPA * years) / KAPPA
    )
    jumps = (1 + P * math.expm1(JUMP + SPREAD**2 / 2)) ** months
    return np.exp(mean + variance / 2) * jumps


erfc = np.vectorize(math.erfc)


def phi(x):
    return erfc(-x / math.sqrt(2)) / 2


def grants():
    marks = [2.9, 3.4, 5.3, 1.4, 2.1]
    curves = np.stack([forwards(mark)[1:] for mark in marks])
    grant = np.arange(100_000)
    quantity = 50.0 + grant % 997
    hazard = 0.08 + (grant % 11) / 100
    years = np.arange(1, MONTHS + 1) / 12
    cliff = (grant % 2).astype(float)
    # The demand fit: months of use in logs, drawn towards the prior.
    used = 20.0 + grant % 389
    logs = np.log(np.stack([used, 2 * used, used / 2, used, 3 * used]))
    prior_variance = math.log1p(1.2**2)
    prior_mean = math.log(120) - prior_variance / 2
    own = logs.mean(axis=0)
    log_mean = (6 * prior_mean + 5 * own) / 11
    log_variance = (6 * prior_variance + ((logs - own) ** 2).sum(axis=0) + 30 / 11 * (own - prior_mean) ** 2) / 11
    active = (6 * 0.9 + 5) / 12
    delivered = 0.995 * 0.9
    cap = quantity * delivered
    deviation = np.sqrt(log_variance)
    z = (np.log(cap) - log_mean) / deviation
    share = active * (np.exp(log_mean + log_variance / 2) * phi(z - deviation) + cap * phi(-z)) / cap
    kept = np.exp(-hazard[:, None] * np.maximum(years[None, :], cliff[:, None]))
    present = (kept * curves[grant % 5] * np.exp(-0.045 * years)).sum(axis=1) * quantity * delivered
    return float((present * share).mean())


start = time.process_time()
answer = paths() if sys.argv[1] == "paths" else grants()
print(json.dumps({"milliseconds": (time.process_time() - start) * 1e3, "mean": answer}))
