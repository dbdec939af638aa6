using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>One pre-norm transformer block. The residual stream x stays in fp32.</summary>
internal sealed class Block : nn.Module
{
    private readonly LayerNorm ln_1;
    private readonly Attention attn;
    private readonly LayerNorm ln_2;
    private readonly Mlp mlp;

    public Block(GptConfig config, int layer, Device device)
        : base(nameof(Block))
    {
        ln_1 = new LayerNorm(config, device);
        attn = new Attention(config, layer, device);
        ln_2 = new LayerNorm(config, device);
        mlp = new Mlp(config, device);
        RegisterComponents();
    }

    public LayerNorm FirstNorm => ln_1;

    public Attention Attention => attn;

    public LayerNorm SecondNorm => ln_2;

    public Mlp Mlp => mlp;

    public Tensor Forward(Tensor x, ForwardPass pass) // (N, C)
    {
        x = x.Plus(attn.Forward(ln_1.Forward(x, pass.Type), pass));
        return x.Plus(mlp.Forward(ln_2.Forward(x, pass.Type), pass));
    }
}
