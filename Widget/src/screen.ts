/** Where the chat takes the whole screen: a phone, upright or turned on its side. The style sheets use the same query. */
export const phone = matchMedia("(max-width: 480px), (max-height: 480px) and (max-width: 960px)");
