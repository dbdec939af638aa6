using System.Text.Json;
using Platform.Workspaces;

namespace Platform.TokenizerHost.Jobs;

/// <summary>The job files of one collection.</summary>
internal sealed class JobStore(DataRoot root, string collection)
{
    public string CollectionFolder { get; } = root.FolderOf(collection);

    public string FolderOf(string id) => Path.Combine(CollectionFolder, id);

    public bool Exists(string id) => File.Exists(Path.Combine(FolderOf(id), Job.FileName));

    public IEnumerable<string> Ids() => root.Ids(collection).Where(Exists);

    /// <summary>Makes the resource's folder with its job file, in one step.</summary>
    /// <returns>False where the folder exists.</returns>
    public bool TryCreate(Job job)
    {
        Directory.CreateDirectory(CollectionFolder);
        var hidden = ResourceFolder.BeginNew(FolderOf(job.Id));
        AtomicFile.Write(Path.Combine(hidden, Job.FileName), Serialize(job));
        if (ResourceFolder.TryCommit(hidden, FolderOf(job.Id)))
            return true;
        Directory.Delete(hidden, recursive: true);
        return false;
    }

    /// <summary>Replaces the job's file.</summary>
    public void Save(Job job)
    {
        // A folder that was deleted by hand stays deleted.
        if (Directory.Exists(FolderOf(job.Id)))
            AtomicFile.Write(Path.Combine(FolderOf(job.Id), Job.FileName), Serialize(job));
    }

    /// <summary>Reads a job's file; null where there is none or it cannot be read.</summary>
    public Job? TryLoad(string id, out string? problem)
    {
        problem = null;
        try
        {
            var job = JsonSerializer.Deserialize<Job>(
                File.ReadAllBytes(Path.Combine(FolderOf(id), Job.FileName)), WorkspaceJson.Indented);
            if (job is null || job.FormatVersion > Job.CurrentFormat)
                problem = $"format {job?.FormatVersion} is newer than {Job.CurrentFormat}";
            return problem is null ? job! with { Id = id } : null;
        }
        catch (JsonException e)
        {
            problem = e.Message;
            return null;
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Removes whatever a job has put into its folder so far.</summary>
    public void Clear(string id)
    {
        var folder = new DirectoryInfo(FolderOf(id));
        if (!folder.Exists)
            return;
        // The completion mark goes first, so that at no moment a part looks like the whole.
        foreach (var entry in folder.EnumerateFileSystemInfos().OrderBy(entry => entry.Name != "manifest.json"))
        {
            if (entry is DirectoryInfo inner)
                inner.Delete(recursive: true);
            else if (entry.Name != Job.FileName)
                entry.Delete();
        }
    }

    private static byte[] Serialize(Job job) => JsonSerializer.SerializeToUtf8Bytes(job, WorkspaceJson.Indented);
}
