namespace Platform.Collectives;

/// <summary>What started the ranks.</summary>
public enum Launcher
{
    /// <summary>Nothing did: the process is alone.</summary>
    None,

    /// <summary>Hydra, the <c>mpiexec</c> of MPICH and its kin.</summary>
    Mpich,

    /// <summary>Open MPI's <c>mpiexec</c>.</summary>
    OpenMpi,

    /// <summary>Someone who set RANK, LOCAL_RANK and WORLD_SIZE, as torchrun does.</summary>
    Variables,
}
