using System.Reflection;

namespace Bifrost.Server.Composition;

/// <summary>
/// Loads what the program refers to before it listens. The runtime remembers a load that failed: one that was first needed while no file could be opened
/// would be missing until the end of the process.
/// </summary>
internal static class ReferencedAssemblies
{
    /// <summary>How many are loaded; what is referred to and not there is left out, as it may be.</summary>
    public static int Load()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var left = new Stack<Assembly>([typeof(ReferencedAssemblies).Assembly]);
        while (left.TryPop(out var assembly))
        {
            foreach (var name in assembly.GetReferencedAssemblies())
                if (seen.Add(name.FullName) && TryLoad(name) is { } loaded) left.Push(loaded);
        }

        return seen.Count;
    }

    private static Assembly? TryLoad(AssemblyName name)
    {
        try
        {
            return Assembly.Load(name);
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException)
        {
            return null;
        }
    }
}
