using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Windows;

namespace Bifrost.Testing;

/// <summary>A key with a request window, and calls of it.</summary>
internal static class TestKey
{
    private static readonly byte[] Hash = SHA256.HashData(Encoding.UTF8.GetBytes("sk-bf-test"));

    public static CatalogHolder Catalog(int requestsMax) => new(new CatalogSnapshot
    {
        Version = 1,
        Providers = new[] { new Provider { Name = "p", BaseUrl = new Uri("http://localhost") } }.ToFrozenDictionary(p => p.Name, StringComparer.Ordinal),
        VirtualKeys = new[]
        {
            new VirtualKey
            {
                Id = "vk",
                Name = "vk",
                Secrets = [new KeySecret([.. Hash], null)],
                AllowAllProviders = true,
                RateLimit = new RateLimit { RequestsMax = requestsMax, RequestPeriod = new WindowPeriod(1, PeriodUnit.Year, CalendarAligned: true) },
            },
        }.ToFrozenDictionary(k => k.Id, StringComparer.Ordinal),
    });

    public static AdmitRequest Request() => new()
    {
        AttemptId = Guid.CreateVersion7(),
        SecretHash = Hash,
        Provider = "p",
        Model = "m",
        Content = new RequestContent { TextBytes = 400, StringBytes = 400, Messages = 1 },
        OutputTokensMax = 10,
    };

    public static Settlement End(Ticket ticket) => new()
    {
        Ticket = ticket,
        Outcome = AttemptOutcome.Completed,
        Provider = "p",
        Model = "m",
        Usage = new TokenUsage { PromptTokens = 100, CompletionTokens = 3 },
        RequestId = "r",
        PromptBytes = 400,
    };
}
