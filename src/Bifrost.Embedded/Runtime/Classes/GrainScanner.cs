using System.Reflection;
using Orleans;

namespace Bifrost.Embedded.Runtime;

/// <summary>Finds the grain classes of this process: those of every assembly that uses the engine and is loaded or referenced from the entry.</summary>
internal static class GrainScanner
{
    private static readonly string s_engine = typeof(GrainScanner).Assembly.GetName().Name!;

    public static IEnumerable<Type> Find() =>
        Assemblies().SelectMany(TypesOf).Where(type => type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false }
            && typeof(IGrain).IsAssignableFrom(type) && typeof(IGrainBase).IsAssignableFrom(type));

    private static HashSet<Assembly> Assemblies()
    {
        HashSet<Assembly> found = [];
        HashSet<string> seen = [];
        Queue<Assembly> toRead = new(AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic));
        if (Assembly.GetEntryAssembly() is { } entry) toRead.Enqueue(entry);
        while (toRead.TryDequeue(out var assembly))
        {
            if (!seen.Add(assembly.FullName ?? "")) continue;
            foreach (var name in assembly.GetReferencedAssemblies())
            {
                if (name.Name == s_engine) found.Add(assembly);
                if (MayUseTheEngine(name) && !seen.Contains(name.FullName) && Load(name) is { } referenced) toRead.Enqueue(referenced);
            }
        }
        return found;
    }

    // The framework and the test runner never do; leaving them unread saves most of the time.
    private static bool MayUseTheEngine(AssemblyName name) =>
        name.Name is { } text
        && !text.StartsWith("System", StringComparison.Ordinal)
        && !text.StartsWith("Microsoft.", StringComparison.Ordinal)
        && !text.StartsWith("xunit", StringComparison.Ordinal)
        && text is not ("netstandard" or "mscorlib");

    private static Assembly? Load(AssemblyName name)
    {
        try
        {
            return Assembly.Load(name);
        }
        catch (IOException)
        {
            // A reference that is not deployed holds no grains.
            return null;
        }
    }

    private static Type[] TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException partial)
        {
            return [.. partial.Types.OfType<Type>()];
        }
    }
}
