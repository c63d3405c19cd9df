"""Blocks of Wan2.2 TI2V-5B and Wan2.1 I2V-14B in PyTorch, eager and bf16, by diffusers (its source in /tmp/diffusers/src): what `bench block|step --like wan2.2-ti2v-5b|wan2.1-i2v-14b` is
held against. TI2V-5B with a time for all tokens and, as diffusers runs it, with one for each."""
import sys, torch
sys.path.insert(0, "/tmp/diffusers/src")
from diffusers.models.transformers.transformer_wan import WanTransformerBlock
torch.manual_seed(0); torch.set_grad_enabled(False); d = "cuda"; bf16 = torch.bfloat16
def measure(name, width, feed, heads, layers, tokens, image, times):
    block = WanTransformerBlock(width, feed, heads, "rms_norm_across_heads", True, 1e-6, width if image else None).to(d, bf16).eval()
    for norm in (block.norm1, block.norm2, block.norm3): norm.float()
    x, text = torch.randn(1, tokens, width, device=d, dtype=bf16), torch.randn(1, 512 + image, width, device=d, dtype=bf16)
    time = torch.randn(1, times, 6, width, device=d) if times > 1 else torch.randn(1, 6, width, device=d)
    turn = tuple(torch.randn(1, tokens, 1, width // heads, device=d) for _ in range(2))
    ms = []
    for run in range(7):
        s, e = torch.cuda.Event(True), torch.cuda.Event(True); s.record(); block(x, text, time, turn); e.record(); torch.cuda.synchronize()
        if run > 1: ms.append(s.elapsed_time(e))
    ms.sort(); print(f"torch {torch.__version__} {name}, {tokens} tokens, {image} of an image, {times} times: a block {ms[2]:.1f} ms ({ms[0]:.1f} to {ms[-1]:.1f}), {layers} of them {layers * ms[2] / 1e3:.2f} s", flush=True)
    del block; torch.cuda.empty_cache()
measure("TI2V-5B", 3072, 14336, 24, 30, 27280, 0, 1)
measure("TI2V-5B", 3072, 14336, 24, 30, 27280, 0, 27280)
measure("T2V-14B", 5120, 13824, 40, 40, 32760, 0, 1)
measure("I2V-14B", 5120, 13824, 40, 40, 32760, 257, 1)
