namespace Bifrost.Testing;

/// <summary>How a built program, the server or the simulator, is started.</summary>
/// <param name="Assembly">The path of the program's assembly.</param>
/// <param name="Folder">The folder that it runs in.</param>
/// <param name="Arguments">Its command line.</param>
internal sealed record ServerStart(string Assembly, string Folder, params string[] Arguments)
{
    /// <summary>The admin token in its environment; null: none.</summary>
    public string? AdminToken { get; init; }

    /// <summary>Threads that its work may have at once; null: as many as the runtime gives.</summary>
    public int? WorkersMax { get; init; }

    /// <summary>Files, connections among them, that it may have open; null: as many as the tests may.</summary>
    public int? FilesMax { get; init; }

    /// <summary>The network namespace that it runs in (<c>ip netns</c>); null: that of the tests.</summary>
    public string? Network { get; init; }

    /// <summary>True: <see cref="ServerProcess.LimitFilesAsync"/> makes its writes fail and does not end it; by default the signal would.</summary>
    public bool SurvivesFileLimit { get; init; }
}
