using System.Text.Json;
using Bifrost.Calls.Accounting;
using Bifrost.Chat.Splice;

namespace Bifrost.Calls.Tests.Accounting;

public class AnsweredNamesTests
{
    private const int NamesMax = 8;

    /// <summary>An endless stream with a new name in every chunk would have been kept whole.</summary>
    [Fact]
    public void Of_many_names_the_first_and_the_last_are_kept()
    {
        var names = new AnsweredNames("m");
        for (var i = 0; i < 1_000; i++) Add(ref names, $"model-{i}", $"tier-{i}");

        Assert.Equal([.. Enumerable.Range(0, NamesMax - 1).Select(i => $"model-{i}"), "model-999"], names.Models);
        Assert.Equal([.. Enumerable.Range(0, NamesMax - 1).Select(i => $"tier-{i}"), "tier-999"], names.ServiceTiers);
    }

    [Fact]
    public void A_name_that_was_seen_takes_no_place_again()
    {
        var names = new AnsweredNames("m");
        for (var i = 0; i < 1_000; i++) Add(ref names, i % 3 == 0 ? "m" : $"model-{i % 2}", i % 2 == 0 ? "default" : "priority");

        Assert.Equal(["model-0", "model-1"], names.Models.Order());
        Assert.Equal(["default", "priority"], names.ServiceTiers);
    }

    [Fact]
    public void A_name_of_more_than_256_bytes_is_none()
    {
        var names = new AnsweredNames("m");
        Add(ref names, new string('a', 257), new string('b', 257));
        Add(ref names, new string('a', 256), new string('b', 256));

        Assert.Equal(256, Assert.Single(names.Models).Length);
        Assert.Equal(256, Assert.Single(names.ServiceTiers).Length);
    }

    private static void Add(ref AnsweredNames names, string model, string tier)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(new { model, service_tier = tier });
        Assert.True(CompletionScanner.TryScan(json, out var shape));
        names.Add(json, shape);
    }
}
