using Platform.Datasets;
using Platform.Modeling;
using Platform.Tokenization;

namespace Platform.TrainerHost.Worker;

/// <summary>Lets the model write on from the run's prompt, so that people see what it has learned.</summary>
internal sealed class SampleWriter
{
    // build-nanogpt's.
    private const int TopK = 50;

    private readonly TrainingPlan _plan;
    private readonly Gpt _model;
    private readonly TextTokenizer _tokenizer;
    private readonly RunRecords _records;
    private readonly int[] _prompt;
    private readonly int _newTokens;
    private readonly HashSet<int> _stopIds;

    /// <summary>Encodes the prompt.</summary>
    /// <exception cref="TrainingException">The tokenizer cannot encode it, or it fills the context alone.</exception>
    public SampleWriter(TrainingPlan plan, Gpt model, TextTokenizer tokenizer, RunRecords records)
    {
        _plan = plan;
        _model = model;
        _tokenizer = tokenizer;
        _records = records;
        _prompt = Encode(plan.SamplePrompt, tokenizer);
        // The context bounds prompt and new tokens together; a sample is shorter then.
        _newTokens = Math.Min(plan.SampleTokens, model.Config.BlockSize - _prompt.Length);
        _stopIds = tokenizer.EndOfText is { } end ? [end] : [];
        if (_newTokens < 1)
        {
            throw new TrainingException(
                FailureReasons.InvalidRun,
                $"evaluation.sample_prompt has {_prompt.Length} tokens; the model's context is "
                + $"{model.Config.BlockSize}. Shorten it.");
        }
    }

    /// <summary>Writes the samples of a step; the same model and step give the same texts.</summary>
    /// <returns>False where it was interrupted; what was finished until then is written.</returns>
    public bool Run(long step, CancellationToken stop)
    {
        _model.eval();
        for (var index = 0; index < _plan.SampleCount; index++)
        {
            var seed = CounterRandom.Bits((ulong)_plan.Seed, (ulong)((step * _plan.SampleCount) + index));
            var options = new SamplingOptions { TopK = TopK, Seed = (long)seed };
            try
            {
                var ids = TextGenerator.Generate(_model, _prompt, _newTokens, options, _stopIds, stop).ToArray();
                _records.Sample(step, index, _plan.SamplePrompt, _tokenizer.Decode(ids));
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }

        return true;
    }

    private static int[] Encode(string prompt, TextTokenizer tokenizer)
    {
        if (prompt.Length == 0 && tokenizer.EndOfText is { } beginning)
            return [beginning];
        try
        {
            return tokenizer.Encode(prompt.Length == 0 ? "\n" : prompt);
        }
        catch (UnknownCharacterException) when (prompt.Length == 0)
        {
            return [0]; // A character vocabulary without a line feed.
        }
        catch (UnknownCharacterException e)
        {
            throw new TrainingException(
                FailureReasons.InvalidRun, $"evaluation.sample_prompt cannot be encoded: {e.Message}", e);
        }
    }
}
