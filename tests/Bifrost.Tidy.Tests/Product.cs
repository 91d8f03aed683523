using System.Reflection;

namespace Bifrost.Tidy.Tests;

/// <summary>The product's own assemblies: the server's and all that it references.</summary>
internal static class Product
{
    public static Assembly[] Assemblies { get; } = [.. Load(Assembly.Load("Bifrost.Server"), []).OrderBy(a => a.FullName, StringComparer.Ordinal)];

    private static HashSet<Assembly> Load(Assembly assembly, HashSet<Assembly> loaded)
    {
        if (!loaded.Add(assembly)) return loaded;
        foreach (var name in assembly.GetReferencedAssemblies().Where(n => n.Name!.StartsWith("Bifrost.", StringComparison.Ordinal)))
            Load(Assembly.Load(name), loaded);
        return loaded;
    }
}
