using System.Globalization;

namespace Platform.Collectives;

/// <summary>This process's place among the ranks, as whichever launcher started it says.</summary>
/// <param name="Rank">From 0 to World − 1.</param>
/// <param name="LocalRank">Among the ranks of this machine; chooses its card.</param>
/// <param name="World">Ranks in all.</param>
/// <param name="LocalWorld">Ranks on this machine.</param>
/// <param name="Launcher">Who said so.</param>
public sealed record RankEnvironment(int Rank, int LocalRank, int World, int LocalWorld, Launcher Launcher)
{
    /// <summary>A process that nobody started as a rank.</summary>
    public static RankEnvironment Alone { get; } = new(0, 0, 1, 1, Launcher.None);

    // Open MPI, then Hydra (MPICH, Intel MPI, MVAPICH), then torchrun's own names: mpiexec may run inside of others.
    private static readonly Names[] s_launchers =
    [
        new(
            Launcher.OpenMpi,
            "OMPI_COMM_WORLD_RANK",
            "OMPI_COMM_WORLD_LOCAL_RANK",
            "OMPI_COMM_WORLD_SIZE",
            "OMPI_COMM_WORLD_LOCAL_SIZE"),
        new(Launcher.Mpich, "PMI_RANK", "MPI_LOCALRANKID", "PMI_SIZE", "MPI_LOCALNRANKS"),
        new(Launcher.Variables, "RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE"),
    ];

    /// <summary>Reads the environment.</summary>
    /// <param name="variable">Gets a variable; null where it is not set.</param>
    /// <exception cref="FormatException">A variable is no number, or the numbers do not go together.</exception>
    public static RankEnvironment Read(Func<string, string?> variable)
    {
        foreach (var names in s_launchers)
        {
            if (variable(names.Rank) is null || variable(names.World) is null)
                continue;
            var world = Number(names.World);
            var rank = Number(names.Rank);
            var local = variable(names.LocalRank) is null ? rank : Number(names.LocalRank);
            if (world < 1 || rank >= world)
            {
                throw new FormatException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{names.Rank} is {rank} and {names.World} {world}; ranks go from 0 to one below the latter."));
            }

            var localWorld = variable(names.LocalWorld) is null ? world : Number(names.LocalWorld);
            return world == 1 ? Alone : new RankEnvironment(rank, local, world, localWorld, names.Launcher);
        }

        return Alone;

        int Number(string name) =>
            int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                ? value
                : throw new FormatException($"{name} is '{variable(name)}'; a number from 0 on is wanted.");
    }

    private sealed record Names(Launcher Launcher, string Rank, string LocalRank, string World, string LocalWorld);
}
