using Bifrost.Ledger.Money;

namespace Bifrost.Server.Tests.Configuration;

/// <summary><c>price_sheet</c>: a file in the names of the public price sheets.</summary>
public sealed class PriceFiles : IDisposable
{
    private const string Sheet = """
        {
          "sample_spec": { "input_cost_per_token": 0, "mode": "one of: chat, embedding", "litellm_provider": "one of …" },
          "gpt-4o": { "litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06, "supports_vision": true },
          "together_ai/meta/x": { "litellm_provider": "together_ai", "mode": "chat", "input_cost_per_token": 3e-06, "output_cost_per_token": 4e-06,
            "input_cost_per_token_above_200k_tokens": 6e-06, "cache_creation_input_token_cost": 5e-06, "cache_creation_input_token_cost_above_1hr": 7e-06 },
          "text-embedding-3": { "litellm_provider": "openai", "mode": "embedding", "input_cost_per_token": 1e-06 },
          "other/model": { "litellm_provider": "someone_else", "mode": "chat", "input_cost_per_token": 1, "output_cost_per_token": 1 },
          "openai/broken": { "litellm_provider": "openai", "mode": "chat", "input_cost_per_token": "a lot", "output_cost_per_token": 1e-06 }
        }
        """;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Extends_the_prices_of_this_build_and_keeps_what_it_knows_of_models()
    {
        var read = Configured("extend");
        var known = read.SheetPrices!["openai/gpt-4o"];
        Assert.Equal((1_000_000_000L, 2_000_000_000L, null), (known.InputNanosPerMillion, known.OutputNanosPerMillion, known.CacheReadNanosPerMillion));
        Assert.Equal((128_000L, "o200k_base", $"sheet: {Path.GetFileName(_path)}"), (known.PromptTokensMax, known.Tokenizer, known.Source));
        Assert.StartsWith("built in", read.SheetPrices["openai/gpt-4o-mini"].Source, StringComparison.Ordinal);
        var together = read.SheetPrices["together/meta/x"];
        Assert.Equal((5_000_000_000L, 7_000_000_000L), (together.CacheWriteNanosPerMillion, together.CacheWriteLongNanosPerMillion));
        var above = Assert.Single(together.Tiers);
        Assert.Equal((200_000, 6_000_000_000), (above.AbovePromptTokens, above.InputNanosPerMillion));
        Assert.Equal(6_000_000_000 * 200_001 / 1_000_000, CostCalculator.Cost(together, new() { PromptTokens = 200_001 }).TotalNanos);
        Assert.False(read.SheetPrices.ContainsKey("other/model"));
        Assert.False(read.SheetPrices.ContainsKey("openai/text-embedding-3"));
        Assert.Contains(read.Warnings, warning => warning.Contains("openai/broken", StringComparison.Ordinal));
    }

    [Fact]
    public void Replaces_them()
    {
        Assert.Equal(["openai/gpt-4o", "together/meta/x"], Configured("replace").SheetPrices!.Keys.Order(StringComparer.Ordinal));
        Assert.Null(Read.Good("""{"providers":{"openai":{"keys":[{"value":"k"}]}}}""").SheetPrices);
    }

    [Theory]
    [InlineData("""{"path":"no/such/file.json"}""", "price_sheet.path", "cannot be read")]
    [InlineData("""{"mode":"extend"}""", "price_sheet.path", "is missing")]
    [InlineData("""{"path":"PATH","mode":"both"}""", "price_sheet.mode", "extend or replace")]
    [InlineData("""{"path":"PATH","url":"http://x"}""", "price_sheet.url", "is not a setting")]
    public void That_are_wrong_stop_the_start(string setting, string name, string words)
    {
        File.WriteAllText(_path, "{}");
        var json = $$$"""{"providers":{"openai":{"keys":[{"value":"k"}]}},"price_sheet":{{{setting.Replace("PATH", _path, StringComparison.Ordinal)}}} }""";
        Assert.Contains(Read.Errors(json), error => error.StartsWith(name, StringComparison.Ordinal) && error.Contains(words, StringComparison.Ordinal));
    }

    [Fact]
    public void That_are_no_JSON_stop_the_start()
    {
        File.WriteAllText(_path, "{");
        Assert.Contains("no JSON", Assert.Single(Read.Errors($$$"""{"providers":{"openai":{"keys":[{"value":"k"}]}},"price_sheet":{"path":"{{{_path}}}"} }""")), StringComparison.Ordinal);
    }

    private Bifrost.Server.Configuration.ServerConfiguration Configured(string mode)
    {
        File.WriteAllText(_path, Sheet);
        return Read.Good($$$"""
            {"providers":{"openai":{"keys":[{"value":"k"}]},"together":{"keys":[{"value":"k"}]}},"price_sheet":{"path":"{{{_path}}}","mode":"{{{mode}}}"} }
            """);
    }
}
