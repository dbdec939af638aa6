namespace Platform.TrainerHost.Worker.Ranks;

/// <summary>What exchanges numbers between ranks.</summary>
internal enum RankBackend
{
    /// <summary>MPI: numbers in the memory of processors.</summary>
    Mpi,

    /// <summary>NCCL: numbers in the memory of NVIDIA's cards.</summary>
    Nccl,
}
