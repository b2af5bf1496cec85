/** A Lit directive that sets a CSS custom property through the CSSOM: the site's CSP refuses style attributes. */
import { noChange } from 'lit'
import { Directive, directive, type ElementPart } from 'lit/directive.js'

class CssVar extends Directive {
  override render(_name: string, _value: string): unknown {
    return noChange
  }

  override update(part: ElementPart, [name, value]: [string, string]): unknown {
    if ('style' in part.element) (part.element as HTMLElement).style.setProperty(name, value)
    return noChange
  }
}

export const cssVar = directive(CssVar)
