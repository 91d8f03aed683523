namespace Bifrost.Gateway.Routing;

/// <summary>What a path asks for.</summary>
internal enum RouteKind
{
    None,
    Chat,
    Models,
    Model,
    Health,
    Startup,
    Ready,

    /// <summary>Submitting a job by path.</summary>
    AsyncChat,

    /// <summary>One job by path.</summary>
    AsyncJob,

    /// <summary>The caller's jobs.</summary>
    AsyncJobs,

    /// <summary>The description of all of this.</summary>
    Description,

    /// <summary>A page that shows it.</summary>
    Docs,
    DocsScript,
}

/// <summary>A path that is served.</summary>
/// <param name="Kind">What it asks for.</param>
/// <param name="OpenAiStyle">True on <c>/openai/*</c>, where a bare model means the provider <c>openai</c> (contract section 3).</param>
/// <param name="Id">The deployment, the model or the job that the path names.</param>
/// <param name="IdAt">Where in the path it begins.</param>
internal readonly record struct RouteMatch(RouteKind Kind, bool OpenAiStyle, string? Id, int IdAt = 0);
