using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Platform.TrainerHost.Index;
using Platform.TrainerHost.Runs;
using Precision = Platform.Contracts.Trainer.V1.Precision;

namespace Platform.TrainerHost.Estimates;

/// <summary>
/// How long a step takes: by what a processor usually does, corrected by what an earlier run on this machine made of
/// it. The run taken is the one whose micro-batches are most alike, of the last ones that trained in the same way.
/// </summary>
internal sealed class SpeedMemory(RunStore runs)
{
    private const int LastRuns = 50;

    // Floating-point operations a second of one core over a whole step of GPT-2's sizes (AVX-512; two cores of an EPYC
    // reach 203 in fp32, 368 in bf16), and a tenth less.
    private const double Fp32OfCore = 90e9;
    private const double Bf16OfCore = 165e9;
    private const double OfCard = 40e12;

    // What the calls cost beside the arithmetic: a small model's step is nothing else.
    private const double SecondsOfLayer = 1.0e-3;
    private const double SecondsOfMicroBatch = 2.0e-3;

    /// <summary>Seconds of a step.</summary>
    public double Seconds(StepWork work, out SpeedBasis basis, out string run)
    {
        var assumed = Assumed(work);
        var earlier = runs.List(RunFilter.Parse(""), RunOrder.Parse(""), null, LastRuns).Runs
            .Where(other => other.HasTokensPerSecond && other.TokensPerSecond > 0 && IsAlike(other.Spec, work.Spec))
            .Select(other => (Run: other, Work: WorkOf(other)))
            .Where(other => other.Work is not null)
            .OrderBy(other => Distance(other.Work!, work))
            .FirstOrDefault();
        if (earlier.Work is null)
        {
            (basis, run) = (SpeedBasis.Assumed, "");
            return assumed;
        }

        (basis, run) = (SpeedBasis.EarlierRun, earlier.Run.Name);
        var happened = earlier.Run.Spec.Batch.TokensPerStep / earlier.Run.TokensPerSecond;
        return assumed * happened / Assumed(earlier.Work);
    }

    private static double Assumed(StepWork work)
    {
        var spec = work.Spec;
        var calls = work.MicroBatches * (SecondsOfMicroBatch + (SecondsOfLayer * work.Config.NLayer));
        if (!RunEstimator.IsOnProcessor(spec))
            return calls + (work.Flops / (OfCard * spec.Ranks));
        var threads = spec.Threads > 0 ? spec.Threads * spec.Ranks : Environment.ProcessorCount;
        var cores = Math.Min(threads, Environment.ProcessorCount);
        return calls + (work.Flops / (cores * (spec.Precision == Precision.Bf16 ? Bf16OfCore : Fp32OfCore)));
    }

    private static bool IsAlike(RunSpec one, RunSpec other) =>
        one.Precision == other.Precision && one.Threads == other.Threads && (one.Lora is null) == (other.Lora is null)
        && one.Compile == other.Compile && one.ActivationCheckpointing == other.ActivationCheckpointing
        && RunEstimator.IsOnProcessor(one) == RunEstimator.IsOnProcessor(other);

    // An earlier run's shape: its own where it was new. Runs that started from a model are passed over, and those whose
    // spec is not complete: written by hand, or by a version that knew fewer settings.
    private static StepWork? WorkOf(Run run)
    {
        if (run.Spec.Model is not { HasNLayer: true } model || run.Spec.Ranks < 1
            || run.Spec.Batch is not { MicroBatchSize: > 0, SequenceLength: > 0, TokensPerStep: > 0 })
        {
            return null;
        }

        var config = new GptConfig
        {
            NLayer = model.NLayer,
            NHead = model.NHead,
            NEmbd = model.NEmbd,
            BlockSize = model.BlockSize,
            VocabMultiple = 1,
        };
        // Its vocabulary is what the parameters beside it leave.
        var rest = run.ParameterCount - config.ParameterCount() + ((long)config.VocabSize * config.NEmbd);
        return rest > 0 && rest < int.MaxValue * (long)config.NEmbd
            ? new StepWork(
                run.Spec,
                config with { VocabSize = (int)(rest / config.NEmbd) },
                run.TrainableParameterCount)
            : null;
    }

    private static double Distance(StepWork one, StepWork other) =>
        Math.Abs(Math.Log(one.Flops / one.MicroBatches / (other.Flops / other.MicroBatches)));
}
