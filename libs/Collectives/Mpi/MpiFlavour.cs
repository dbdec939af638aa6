namespace Platform.Collectives.Mpi;

/// <summary>The two binary interfaces that MPI has.</summary>
public enum MpiFlavour
{
    /// <summary>MPICH's, which Intel MPI, Cray MPI and MVAPICH share: handles are integers.</summary>
    Mpich,

    /// <summary>Open MPI's: handles are addresses of symbols that the library exports.</summary>
    OpenMpi,
}
