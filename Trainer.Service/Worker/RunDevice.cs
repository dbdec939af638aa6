using Platform.Collectives;
using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Device = TorchSharp.torch.Device;

namespace Platform.TrainerHost.Worker;

/// <summary>Where a run trains, and on how many of the processor's threads.</summary>
internal static class RunDevice
{
    /// <summary>Sets the threads, and finds the device.</summary>
    /// <param name="spec">The run's spec.</param>
    /// <param name="place">This process's place among the ranks.</param>
    /// <param name="kept">What the service has kept for it; null: as the spec says.</param>
    /// <exception cref="TrainingException">There is no such device.</exception>
    public static Device Choose(RunSpec spec, RankEnvironment place, string? kept = null)
    {
        // Ranks on one machine share its processors.
        ComputeDevice.SetThreads(
            spec.Threads == 0 && place.LocalWorld > 1
                ? Math.Max(1, Environment.ProcessorCount / place.LocalWorld)
                : spec.Threads);
        try
        {
            return ComputeDevice.Choose(kept ?? spec.Device);
        }
        catch (ArgumentException e)
        {
            throw new TrainingException(FailureReasons.DeviceNotAvailable, e.Message, e);
        }
    }
}
