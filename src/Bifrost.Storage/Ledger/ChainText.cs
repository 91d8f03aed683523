using System.Buffers;
using System.Text;
using System.Text.Json;
using Bifrost.Ledger.Rules;

namespace Bifrost.Storage.Ledger;

/// <summary>A chain as it stands in its column: <c>[["budget id",1767225600000],…]</c>.</summary>
internal static class ChainText
{
    public static string Write(ImmutableArray<ChainLink> chain)
    {
        if (chain.IsEmpty) return "[]";
        var buffer = new ArrayBufferWriter<byte>(64 * chain.Length);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var link in chain)
            {
                json.WriteStartArray();
                json.WriteStringValue(link.BudgetId);
                json.WriteNumberValue(link.WindowStartMs);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static ImmutableArray<ChainLink> Read(string text)
    {
        if (text.Length <= 2) return [];
        var chain = ImmutableArray.CreateBuilder<ChainLink>(8);
        var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
        string? id = null;
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.String) id = json.GetString();
            else if (json.TokenType == JsonTokenType.Number) chain.Add(new ChainLink(id!, json.GetInt64()));
        }

        return chain.DrainToImmutable();
    }
}
