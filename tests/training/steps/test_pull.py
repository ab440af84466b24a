"""The pull towards pretrained weights has the gradient of its formula."""

import pytest
import torch

from sb_contrastive.encoders import Tuning
from sb_contrastive.training.steps.pull import Pull


def test_it_adds_the_gradient_of_the_formula(front_end):
    module = front_end("whisper", tuning=Tuning("all", pull=0.3))
    pull = Pull(module)
    start = [p.detach().clone() for p in module.tuned.parameters()]
    with torch.no_grad():
        for number, p in enumerate(module.tuned.parameters()):
            if number:  # the first one has not moved
                p.add_(0.1 * torch.randn_like(p))
    wav = 0.1 * torch.randn(1, 4000)

    def gradients():
        return [p.grad.clone() for p in module.tuned.parameters()]

    loss = module(wav).square().mean()
    loss.backward()
    pull.add(loss.detach())
    found = gradients()
    module.zero_grad()
    # loss / sg(loss) + w R / (sg(R) + 1e-5), times sg(loss)
    loss = module(wav).square().mean()
    pairs = zip(module.tuned.parameters(), start)
    # Its own derivative of a norm is undefined where nothing has moved
    R = sum((p - q).norm() for p, q in list(pairs)[1:])
    total = loss / loss.detach() + 0.3 * R / (R.detach() + 1e-5)
    (total * loss.detach()).backward()
    for one, other in zip(found, gradients(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("tuning", [None, Tuning("all"), Tuning("lora")])
def test_without_a_weight_there_is_nothing_to_pull(front_end, tuning):
    assert not Pull(front_end("whisper", tuning=tuning)).terms


def test_all_processes_are_pulled_alike(front_end, two_ranks):
    def pulled(rank):
        torch.manual_seed(0)
        module = front_end("whisper", tuning=Tuning("all", pull=0.3))
        pull = Pull(module)
        with torch.no_grad():
            for p in module.tuned.parameters():
                p.add_(1.0)
                p.grad = torch.zeros_like(p)
        pull.add(torch.tensor(1.0 + 2 * rank))  # each has another loss
        return {n: p.grad for n, p in module.tuned.named_parameters()}

    one, other = two_ranks(pulled)
    for name, gradient in one.items():
        assert gradient.any() and torch.equal(gradient, other[name])


def test_a_teacher_is_not_pulled(front_end):
    from sb_contrastive import EMATeacher

    module = front_end("whisper", tuning=Tuning("all", pull=0.3))
    assert not Pull(EMATeacher(module)).terms
