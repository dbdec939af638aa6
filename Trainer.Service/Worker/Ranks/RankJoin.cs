using Platform.Collectives;
using Platform.Collectives.Mpi;
using Platform.Collectives.Nccl;

namespace Platform.TrainerHost.Worker.Ranks;

/// <summary>Finds the other ranks of a run, over MPI or NCCL.</summary>
internal static class RankJoin
{
    private static RankWatch? s_watch;

    /// <summary>Says to ranks that nothing else looks after that this one ends in order.</summary>
    public static void Leave()
    {
        s_watch?.Dispose();
        s_watch = null;
    }

    /// <summary>Joins them, or answers a world of one where nobody started this process as a rank.</summary>
    /// <param name="place">This process's place.</param>
    /// <param name="plan">What exchanges the numbers.</param>
    /// <param name="runFolder">Where ranks that were started without MPI leave word for each other.</param>
    /// <exception cref="TrainingException">A library is not installed, or the ranks do not find each other.</exception>
    public static RankGroup Join(RankEnvironment place, RankBackend plan, string runFolder)
    {
        if (place.World == 1)
            return new RankGroup(new SingleProcess());
        try
        {
            return new RankGroup(plan == RankBackend.Nccl ? JoinNccl(place, runFolder) : JoinMpi(place));
        }
        catch (CommunicationException e)
        {
            throw new TrainingException(
                FailureReasons.RanksNotAvailable, $"The ranks did not find each other: {e.Message}", e);
        }
    }

    private static MpiCommunicator JoinMpi(RankEnvironment place)
    {
        if (place.Launcher == Launcher.Variables)
            s_watch = RankWatch.Begin(place, Environment.GetEnvironmentVariable);
        return MpiCommunicator.Join(place.Launcher == Launcher.OpenMpi ? MpiFlavour.OpenMpi : MpiFlavour.Mpich);
    }

    private static NcclCommunicator JoinNccl(RankEnvironment place, string runFolder)
    {
        RankLauncher.ChooseCard(place);
        if (place.Launcher == Launcher.Variables)
            return NcclCommunicator.Join(place.Rank, place.World, new NcclIdFile(runFolder).Exchange);
        // Over several machines: MPI brings the ranks together and hands the id round; the rest is NCCL's.
        using var mpi = JoinMpi(place);
        return NcclCommunicator.Join(place.Rank, place.World, (own, _) => mpi.Share(own));
    }
}
