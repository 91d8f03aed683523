using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Bifrost.Tidy.Tests;

/// <summary>
/// Messages and stored states as released builds wrote them: this build reads all of them, and writes what the approved list says. A meant change adds a line
/// and keeps the older ones, since silos of both builds serve together while a cluster is upgraded.
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

    [Fact]
    public void Of_older_builds_are_read_by_this_one()
    {
        var samples = Samples().ToLookup(sample => sample.Line.Split(' ')[0]);
        var lines = Approved().ToList();
        Assert.NotEmpty(lines);
        foreach (var line in lines)
        {
            var (name, bytes) = (line.Split(' ')[0], Convert.FromBase64String(line.Split(' ')[1]));
            var sample = Assert.Single(samples[name]).Value;
            var read = name.StartsWith("state:", StringComparison.Ordinal)
                ? JsonSerializer.Deserialize(bytes, sample.GetType())!
                : Serializer.Deserialize<object>(bytes)!;
            Assert.Equal("", Differences(sample, read, name));
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

    /// <summary>What was read differs from the sample: a member may be missing, since it is newer than the payload, and none may have another value.</summary>
    private static string Differences(object sample, object read, string where)
    {
        if (sample.GetType() != read.GetType()) return $"{where} is a {read.GetType().Name}; ";
        var differences = "";
        foreach (var member in SampleValues.Members(sample.GetType()))
        {
            var (expected, found) = (JsonSerializer.Serialize(member.GetValue(sample)), JsonSerializer.Serialize(member.GetValue(read)));
            var absent = member.PropertyType.IsValueType ? JsonSerializer.Serialize(Activator.CreateInstance(member.PropertyType)) : "null";
            if (found != expected && found != absent && found != "[]" && found != "\"\"") differences += $"{where}.{member.Name} is {found}, not {expected}; ";
        }

        return differences;
    }
}
