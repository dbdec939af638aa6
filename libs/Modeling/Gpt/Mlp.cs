using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>The feed-forward half of a block: four times as wide inside, with GPT-2's tanh GELU.</summary>
internal sealed class Mlp : nn.Module
{
    private readonly Linear c_fc;
    private readonly Linear c_proj;

    public Mlp(GptConfig config, Device device)
        : base(nameof(Mlp))
    {
        c_fc = new Linear(config.NEmbd, 4 * config.NEmbd, config.Bias, device);
        c_proj = new Linear(4 * config.NEmbd, config.NEmbd, config.Bias, device);
        RegisterComponents();
    }

    public Linear Inner => c_fc;

    public Linear Output => c_proj;

    public Tensor Forward(Tensor x, ForwardPass pass) // (N, C)
    {
        var h = c_fc.Forward(x, pass); // (N, 4C)
        h = nn.functional.gelu(h, GELU.Approximate.tanh);
        return pass.Drop(c_proj.Forward(h, pass)); // (N, C)
    }
}
