using System.Globalization;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>AdamW (Loshchilov and Hutter 2019) fused, a call for each group: by decay, and by LoRA+'s rates.</summary>
public sealed class AdamW : IDisposable
{
    private const string Mean = "exp_avg.";
    private const string Square = "exp_avg_sq.";

    private readonly ParameterSelection _selection;
    private readonly AdamWOptions _options;
    private readonly Tensor[] _means;
    private readonly Tensor[] _squares;
    private readonly Tensor _step; // () fp32, shared by all parameters
    private readonly IReadOnlyList<(int[] Parameters, bool Decays, double RateFactor)> _groups;

    /// <summary>Makes an optimizer at step 0.</summary>
    public AdamW(ParameterSelection selection, AdamWOptions options)
    {
        (_selection, _options) = (selection, options);
        var parameters = selection.Parameters;
        _means = [.. parameters.Select(p => zeros_like(p.Value, requires_grad: false).DetachFromDisposeScope())];
        _squares = [.. parameters.Select(p => zeros_like(p.Value, requires_grad: false).DetachFromDisposeScope())];
        _step = zeros([], device: parameters[0].Value.device).DetachFromDisposeScope();
        _groups =
        [
            .. Enumerable.Range(0, parameters.Count)
                .GroupBy(i => (Decays: parameters[i].Value.dim() >= 2, Factor: RateFactor(parameters[i].Name)))
                .Select(group => (group.ToArray(), group.Key.Decays, group.Key.Factor)),
        ];
    }

    /// <summary>Updates done so far.</summary>
    public int StepCount { get; private set; }

    /// <summary>Updates all parameters from their gradients.</summary>
    /// <param name="learningRate">Of this step.</param>
    /// <param name="gradientScale">Times the gradients, from <see cref="GradientClipping.Measure"/>.</param>
    public void Step(double learningRate, double gradientScale = 1)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var gradients = _selection.Gradients();
        StepCount++;
        _step.FillInPlace(StepCount);
        var byKernel = _selection.Parameters.All(parameter => AdamWKernel.Supports(parameter.Value));
        if (!byKernel && gradientScale != 1)
            OptimizerScripts.Scale(gradients, gradientScale);
        foreach (var (group, decays, factor) in _groups)
        {
            var (rate, weightDecay) = (learningRate * factor, decays ? _options.WeightDecay : 0);
            if (byKernel)
                UpdateByKernel(group, gradients, rate, gradientScale, weightDecay);
            else
                Update(group, gradients, rate, weightDecay);
        }

        _selection.NotifyChanged();
    }

    /// <summary>First and second moments; for a <see cref="TensorSnapshot"/>.</summary>
    public IEnumerable<Tensor> Moments => _means.Concat(_squares);

    /// <summary>Writes the whole state as safetensors; <see cref="Load"/> restores it bit for bit.</summary>
    /// <param name="path">The file.</param>
    /// <param name="snapshot">Where the moments are read from while training goes on; null: this.</param>
    /// <param name="stepCount">The snapshot's <see cref="StepCount"/>; null: the present one.</param>
    public void Save(string path, TensorSnapshot? snapshot = null, int? stepCount = null)
    {
        var names = _selection.Parameters.Select(parameter => parameter.Name).ToList();
        SafetensorsWriter.Write(
            path,
            [.. names.Zip(_means, (name, value) => (Mean + name, value)),
                .. names.Zip(_squares, (name, value) => (Square + name, value))],
            new Dictionary<string, string>
            {
                ["step"] = (stepCount ?? StepCount).ToString(CultureInfo.InvariantCulture),
            },
            snapshot);
    }

    /// <summary>Reads what <see cref="Save"/> wrote for the same selection.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or of other parameters.</exception>
    public void Load(string path)
    {
        using var file = SafetensorsFile.Open(path);
        if (!file.Metadata.TryGetValue("step", out var step)
            || !int.TryParse(step, CultureInfo.InvariantCulture, out var count))
            throw new InvalidDataException($"{path} has no step.");
        for (var i = 0; i < _means.Length; i++)
        {
            file.CopyTo(Mean + _selection.Parameters[i].Name, _means[i]);
            file.CopyTo(Square + _selection.Parameters[i].Name, _squares[i]);
        }

        StepCount = count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _means.Concat(_squares))
            tensor.Dispose();
        _step.Dispose();
    }

    // A's rows alone keep the rate; PEFT's LoRA+ counts biases and DoRA's lengths with B.
    private double RateFactor(string name) =>
        _selection.IsAdapter && !name.EndsWith(LoraAdapter.ASuffix, StringComparison.Ordinal)
            ? _options.LoraPlusRatio
            : 1;

    private void UpdateByKernel(
        int[] group, Tensor[] gradients, double learningRate, double gradientScale, double weightDecay)
    {
        foreach (var i in group)
        {
            AdamWKernel.Update(
                (_selection.Parameters[i].Value, gradients[i].contiguous(), _means[i], _squares[i]),
                gradientScale, StepCount, learningRate, _options, weightDecay);
        }
    }

    private void Update(int[] group, Tensor[] gradients, double learningRate, double weightDecay)
    {
        OptimizerScripts.AdamW(
            [.. group.Select(i => _selection.Parameters[i].Value)], [.. group.Select(i => gradients[i])],
            [.. group.Select(i => _means[i])], [.. group.Select(i => _squares[i])],
            _step, learningRate, _options, weightDecay);
    }
}
