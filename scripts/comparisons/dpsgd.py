"""An epoch of training with differential privacy over the same epoch without, beside Opacus' own such ratio."""

import importlib.metadata
import time
import warnings

import torch
from figures import row, seconds
from opacus import PrivacyEngine

# What Opacus and PyTorch remark about the engine that this asks for: its generator is the fast one.
warnings.simplefilter("ignore")


def model(work, width, hidden):
    layers = [torch.nn.Linear(width, 1)]
    if work != "logistic regression":
        layers = [torch.nn.Linear(width, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, 1)]
    return torch.nn.Sequential(*layers)


def epoch(net, optimiser, batches):
    for inputs, labels in batches:
        optimiser.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(net(inputs).squeeze(1), labels)
        loss.backward()
        optimiser.step()


def fastest_epoch(runs, *arguments):
    least = float("inf")
    for _ in range(runs):
        began = time.perf_counter()
        epoch(*arguments)
        least = min(least, time.perf_counter() - began)
    return least


def opacus(ours):
    """Seconds of an epoch without and with privacy."""
    torch.set_num_threads(1)
    inputs = torch.randn(ours["rows"], ours["width"])
    data = torch.utils.data.TensorDataset(inputs, (inputs[:, 0] > 0).float())
    batches = torch.utils.data.DataLoader(data, batch_size=ours["batch"], shuffle=True)
    net = model(ours["work"], ours["width"], ours["hidden"])
    plain_s = fastest_epoch(3, net, torch.optim.SGD(net.parameters(), lr=0.1), batches)
    net = model(ours["work"], ours["width"], ours["hidden"])
    net, optimiser, batches = PrivacyEngine().make_private(
        module=net,
        optimizer=torch.optim.SGD(net.parameters(), lr=0.1),
        data_loader=batches,
        noise_multiplier=1.0,
        max_grad_norm=1.0,
    )
    return plain_s, fastest_epoch(3, net, optimiser, batches)


def compare(programs):
    peer = f"opacus {importlib.metadata.version('opacus')}"
    rows = []
    for ours in programs.run("dpsgd", 2_000 if programs.quick else 20_000)["dpsgd"]:
        plain_s, private_s = opacus(ours)
        work = f"{ours['work']}, an epoch of {ours['rows']} rows"
        found = row(work, peer, ours["private_s"], private_s, plain={"ours_s": ours["plain_s"], "theirs_s": plain_s})
        found["ours"] += f", {ours['ratio']:.2f} times {seconds(ours['plain_s'])} without privacy"
        found["theirs"] += f", {private_s / plain_s:.2f} times {seconds(plain_s)}"
        rows.append(found)
    return rows
