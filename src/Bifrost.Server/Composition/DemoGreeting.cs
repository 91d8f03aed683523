using Bifrost.Cli;

namespace Bifrost.Server.Composition;

/// <summary>What a start without a configuration file tells: the key, and two lines to paste.</summary>
internal static class DemoGreeting
{
    public static string Text(DemoKey demo, string address, string dataFolder) =>
        $$"""

        No configuration file: the provider is the built-in simulator, and this virtual key may call it
        ({{(demo.IsNew ? "new" : "as before")}}; kept in {{Path.Combine(dataFolder, DemoKey.FileName)}}, remove that file for another one):

          {{demo.Secret}}

        An answer:
          {{Curl(demo, address, "-s", """{"model":"sim/sim-echo","messages":[{"role":"user","content":"Hello"}]}""")}}
        The same, streamed:
          {{Curl(demo, address, "-sN", """{"model":"sim/sim-words-20","stream":true,"messages":[{"role":"user","content":"Hello"}]}""")}}

        """;

    private static string Curl(DemoKey demo, string address, string flags, string body) =>
        $"curl {flags} {address}/openai/v1/chat/completions -H 'Authorization: Bearer {demo.Secret}' -H 'Content-Type: application/json' -d '{body}'";
}
