namespace Bifrost.Simulator.Scripts;

/// <summary>What goes wrong. "After n" counts content chunks of a stream; a plain answer breaks in its middle instead.</summary>
internal enum FaultKind
{
    /// <summary>An error status with an OpenAI error object.</summary>
    Status,

    /// <summary>An error status with an HTML page.</summary>
    HtmlPage,

    /// <summary>200 and no body.</summary>
    EmptyBody,

    /// <summary>200, <c>application/json</c>, an error object as the body.</summary>
    ErrorBody,

    /// <summary>200 and <c>{}</c>.</summary>
    EmptyObject,

    /// <summary>A plain JSON answer to a request for a stream.</summary>
    NotStreamed,

    /// <summary>The request is read and never answered.</summary>
    Silence,

    /// <summary>The connection is reset before the status line.</summary>
    Reset,

    /// <summary>The connection is reset after the headers, before the body.</summary>
    ResetAfterHeaders,

    /// <summary>The connection is reset (RST) after n chunks.</summary>
    ResetAfter,

    /// <summary>The connection is closed (FIN) after n chunks, in the middle of the HTTP body.</summary>
    CloseAfter,

    /// <summary>The HTTP body ends regularly after n chunks: only the missing end mark tells.</summary>
    CutAfter,

    /// <summary>Nothing more comes after n chunks, the connection stays.</summary>
    StallAfter,

    /// <summary>An event of broken JSON after n chunks; then it goes on.</summary>
    BadChunkAfter,

    /// <summary>An event with an error object after n chunks; then the body ends without an end mark.</summary>
    ErrorAfter,
}
