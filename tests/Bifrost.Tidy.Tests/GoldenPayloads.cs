using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Bifrost.Tidy.Tests;

/// <summary>
/// Messages and stored states as released builds wrote them: this build writes what the approved list says. A meant change adds
/// a line and keeps the older ones, since silos of both builds serve together while a cluster is upgraded.
/// </summary>
public sealed class GoldenPayloads : IDisposable
{
    private const string ApprovedFile = "tests/Bifrost.Tidy.Tests/GoldenPayloads.approved.txt";

    private readonly ServiceProvider _services = new ServiceCollection()
        .AddSerializer(serializer =>
        {
            foreach (var assembly in Product.Assemblies) serializer.AddAssembly(assembly);
        })
        .BuildServiceProvider();

    private Serializer Serializer => _services.GetRequiredService<Serializer>();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void Are_written_as_approved()
    {
        var approved = Approved().ToHashSet();
        var missing = Samples().Where(sample => !approved.Contains(sample.Line)).Select(sample => sample.Line).ToList();
        if (missing.Count == 0) return;
        var received = Path.Combine(Repository.Root, ApprovedFile.Replace(".approved.", ".received."));
        File.WriteAllText(received, string.Join('\n', Approved().Concat(missing).Order(StringComparer.Ordinal)) + "\n");
        Assert.Fail($"{missing.Count} payloads are not in {ApprovedFile}, of {string.Join(", ", missing.Select(line => line.Split(' ')[0]))}. "
            + "If the change is meant, replace it by the .received.txt beside it, which keeps the older lines.");
    }

    /// <summary>A line of this build's own form comes back to the byte; an older one is read, and written anew.</summary>
    [Fact]
    public void Of_older_builds_are_read_by_this_one()
    {
        var samples = Samples().ToLookup(sample => sample.Line.Split(' ')[0]);
        foreach (var line in Approved())
        {
            var (name, bytes) = (line.Split(' ')[0], Convert.FromBase64String(line.Split(' ')[1]));
            var sample = Assert.Single(samples[name]);
            var type = sample.Value.GetType();
            var isState = name.StartsWith("state:", StringComparison.Ordinal);
            var read = isState ? JsonSerializer.Deserialize(bytes, type) : Serializer.Deserialize<object>(bytes);
            Assert.IsType(type, read);
            var written = isState ? JsonSerializer.SerializeToUtf8Bytes(read, type) : Serializer.SerializeToArray(read);
            if (sample.Line == line) Assert.Equal(line, $"{name} {Convert.ToBase64String(written)}");
        }
    }

    private static IEnumerable<string> Approved()
    {
        var file = Path.Combine(Repository.Root, ApprovedFile);
        return File.Exists(file) ? File.ReadAllLines(file).Where(line => line.Length > 0) : [];
    }

    private IEnumerable<(string Line, object Value)> Samples()
    {
        var states = Product.Assemblies.SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetConstructors().SelectMany(made => made.GetParameters()))
            .Where(parameter => parameter.IsDefined(typeof(PersistentStateAttribute)))
            .Select(parameter => parameter.ParameterType.GetGenericArguments()[0])
            .ToHashSet();
        foreach (var type in Product.Assemblies.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false) && !typeof(Exception).IsAssignableFrom(type)))
        {
            var sample = SampleValues.Of(type);
            yield return ($"{type.Name} {Convert.ToBase64String(Serializer.SerializeToArray(sample))}", sample);
            if (states.Contains(type)) yield return ($"state:{type.Name} {Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(sample, type))}", sample);
        }
    }
}
