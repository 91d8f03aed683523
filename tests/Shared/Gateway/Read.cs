using System.Text;
using Bifrost.Server.Configuration;

namespace Bifrost.Testing;

/// <summary>Reads configurations with an environment of the test's own.</summary>
internal static class Read
{
    public const string Key = "sk-bf-0123456789abcdef";

    public static ServerConfiguration Good(string json, params (string Name, string Value)[] environment)
    {
        var (configuration, errors) = ConfigurationReader.Read(Encoding.UTF8.GetBytes(json), Environment(environment));
        Assert.Empty(errors);
        return configuration!;
    }

    public static IReadOnlyList<string> Errors(string json, params (string Name, string Value)[] environment)
    {
        var (configuration, errors) = ConfigurationReader.Read(Encoding.UTF8.GetBytes(json), Environment(environment));
        Assert.NotEmpty(errors);
        Assert.Null(configuration);
        return errors;
    }

    private static Func<string, string?> Environment((string Name, string Value)[] variables) =>
        name => variables.FirstOrDefault(variable => variable.Name == name).Value;
}
